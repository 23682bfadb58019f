package main

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// A note says when the work of a request was told to stop, and when the last of its waiting goroutines ran.
type note struct {
	id          string
	told, awake int64
}

// notes is filled without a lock, so that noting a thousand stops at once delays none of them.
type notes struct {
	used    atomic.Int64
	entries [1 << 16]note
}

func (n *notes) add(entry note) {
	// Nobody drains while requests stop: /stops is asked for after /inflight has come down.
	if i := n.used.Add(1) - 1; i < int64(len(n.entries)) {
		n.entries[i] = entry
	}
}

// drain gives a line "id told awake" for each note, and forgets them.
func (n *notes) drain() string {
	used := n.used.Load()
	if used > int64(len(n.entries)) {
		used = int64(len(n.entries))
	}
	var lines strings.Builder
	for _, entry := range n.entries[:used] {
		fmt.Fprintf(&lines, "%s %d %d\n", entry.id, entry.told, entry.awake)
	}
	n.used.Store(0)
	return lines.String()
}
