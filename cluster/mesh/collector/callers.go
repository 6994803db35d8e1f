package main

import "time"

// patience is how long a record of the called side waits for one of its caller. Each proxy sends what it has once a second.
const patience = 3 * time.Second

// pod is a workload as its own proxy has named it.
type pod struct {
	workload
	changed time.Time
}

// waiting is a record whose caller is not known yet.
type waiting struct {
	record record
	since  time.Time
}

// callers knows the pods by their addresses. A certificate names an account only, but the records of the caller's own proxy say whose address it is.
type callers struct {
	pods    map[string]pod
	waiting []waiting
}

// learn remembers whose proxy has written a record, and tells whether that is news.
func (c *callers) learn(r record, now time.Time) bool {
	address := r.get("address")
	if address == "" {
		return false
	}
	own := r.own()
	own.principal = r.identity()
	before := c.pods[address].workload
	c.pods[address] = pod{workload: own, changed: now}
	return before != own
}

// find names the caller of a record of the called side. The address may have been another pod's before, whose identity is another, so the identity
// decides. Not found, it is what its identity says.
func (c *callers) find(r record) (workload, bool) {
	principal := first(r.get("source_principal"))
	if principal == "" {
		return workload{}, true
	}
	found, ok := c.pods[r.get("caller")]
	if !ok || found.principal != principal {
		return fromPrincipal(principal), false
	}
	return found.workload, true
}

// due takes the records from the queue whose caller is known by now, and those that have waited long enough, in the order of their arrival.
func (c *callers) due(now time.Time) []record {
	var due []record
	var left []waiting
	for _, one := range c.waiting {
		if _, known := c.find(one.record); known || now.Sub(one.since) >= patience {
			due = append(due, one.record)
		} else {
			left = append(left, one)
		}
	}
	c.waiting = left
	return due
}

func (c *callers) forget(now time.Time) {
	for address, one := range c.pods {
		if now.Sub(one.changed) > forgotten {
			delete(c.pods, address)
		}
	}
}
