package main

import _ "unsafe" // for go:linkname

// monotonic is CLOCK_MONOTONIC in nanoseconds, through the vDSO: what the load client notes too. time.Now has it only
// as a difference.
//
//go:linkname monotonic runtime.nanotime
func monotonic() int64
