// Command peer is what desist is measured against: Go's context package, and net/http with the same routes as
// examples/probe_server. Standard library only.
//
//	peer context [--seconds S]                      the in-process figures, a JSON object a line
//	peer serve [--listen ADDR] [--child P --socket S]   the server; says "listening on ADDR" first
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	switch os.Args[1] {
	case "context":
		measureContexts(os.Args[2:])
	case "serve":
		serve(os.Args[2:])
	default:
		usage()
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: peer context | peer serve [--listen ADDR] [--child PROGRAM --socket PATH]")
	os.Exit(2)
}
