// Empty: with an assembly file in the package, the compiler lets clock.go declare a function without a body.
