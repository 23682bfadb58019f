package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

type server struct {
	notes    notes
	inFlight atomic.Int64
	child    string // what /process starts, with
	socket   string // this as its first argument
}

func serve(arguments []string) {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "address and port; port 0 picks one")
	s := &server{}
	flags.StringVar(&s.child, "child", "", "the program that /process starts")
	flags.StringVar(&s.socket, "socket", "", "the socket that the program reports to")
	flags.Parse(arguments)

	mux := http.NewServeMux()
	mux.HandleFunc("/wait/", s.wait)
	mux.HandleFunc("/fan/", s.fan)
	mux.HandleFunc("/process/", s.process)
	mux.HandleFunc("/hello", func(w http.ResponseWriter, _ *http.Request) { answer(w, "hello, world") })
	mux.HandleFunc("/inflight", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, fmt.Sprintln(s.inFlight.Load()))
	})
	mux.HandleFunc("/stops", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.notes.drain()) })

	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	fmt.Fprintln(os.Stderr, http.Serve(listener, mux))
	os.Exit(1)
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	io.WriteString(w, body)
}

// wait: Go has no hook that runs on the cancelling goroutine before 1.21 (and AfterFunc starts a goroutine of its own),
// so being told is being awake.
func (s *server) wait(_ http.ResponseWriter, r *http.Request) {
	s.inFlight.Add(1)
	<-r.Context().Done()
	now := monotonic()
	s.notes.add(note{strings.TrimPrefix(r.URL.Path, "/wait/"), now, now})
	s.inFlight.Add(-1)
}

// fan waits in ?n=N goroutines, each with a context of its own; what counts is the last of them.
func (s *server) fan(_ http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	var all sync.WaitGroup
	seen := make([]int64, n)
	for i := range seen {
		ctx, cancel := context.WithCancel(r.Context())
		all.Add(1)
		go func(seen *int64) {
			defer all.Done()
			defer cancel()
			<-ctx.Done()
			*seen = monotonic()
		}(&seen[i])
	}
	s.inFlight.Add(1)
	all.Wait()
	last := int64(0)
	for _, at := range seen {
		if at > last {
			last = at
		}
	}
	s.notes.add(note{strings.TrimPrefix(r.URL.Path, "/fan/"), last, last})
	s.inFlight.Add(-1)
}
