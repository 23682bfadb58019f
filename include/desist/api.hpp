#pragma once

/// What the installed library offers to programs. All else in it is hidden: the library is compiled with
/// hidden visibility.
///
/// It stands on every public class, also where all members are inline (its type information must be one for
/// the library and the program), and on every public function that is not inline.
#define DESIST_API [[gnu::visibility("default")]]

/// Takes the private part of a public class, `Impl`, out again, where it is defined.
#define DESIST_HIDDEN [[gnu::visibility("hidden")]]
