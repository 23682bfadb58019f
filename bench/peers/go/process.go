package main

import (
	"net/http"
	"os/exec"
	"strings"
	"syscall"
)

// process runs the child until the request's context stops, then signals it: what exec.CommandContext does with a Cancel
// that sends SIGTERM, written out because Go before 1.20 can only kill.
func (s *server) process(w http.ResponseWriter, r *http.Request) {
	command := exec.Command(s.child, s.socket, strings.TrimPrefix(r.URL.Path, "/process/"))
	if err := command.Start(); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	ended := make(chan struct{})
	go func() {
		select {
		case <-r.Context().Done():
			command.Process.Signal(syscall.SIGTERM)
		case <-ended:
		}
	}()
	command.Wait()
	close(ended)
}
