// Judges proofs, checkpoints and receipts by Go's own golang.org/x/mod/sumdb. One question a line on stdin,
// fields apart by a space, hashes in base64, notes in base64 of the whole text; answers "yes" or "no" a line.
//
//	inclusion   size root index leaf path...
//	consistency new newroot old oldroot path...
//	checkpoint  vkey note
//	receipt     vkey leaf receipt
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func hash(text string) tlog.Hash {
	found, err := tlog.ParseHash(text)
	if err != nil {
		panic(err)
	}
	return found
}

func number(text string) int64 {
	found, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return found
}

func path(texts []string) []tlog.Hash {
	found := []tlog.Hash{}
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func plain(text string) string {
	found, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		panic(err)
	}
	return string(found)
}

// checkpoint returns the size and root of a checkpoint that the key signed.
func checkpoint(vkey, signed string) (int64, tlog.Hash) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		panic(err)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		panic(err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		panic("not a checkpoint of this log")
	}
	return number(lines[1]), hash(lines[2])
}

// receipt judges a tlog-proof@v1.
func receipt(vkey string, leaf tlog.Hash, text string) error {
	head, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		panic("not a receipt")
	}
	size, root := checkpoint(vkey, signed)
	return tlog.CheckRecord(path(lines[2:]), size, root, number(lines[1][6:]), leaf)
}

func holds(line string) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	f := strings.Fields(line)
	switch f[0] {
	case "inclusion":
		return tlog.CheckRecord(path(f[5:]), number(f[1]), hash(f[2]), number(f[3]), hash(f[4])) == nil
	case "consistency":
		return tlog.CheckTree(path(f[5:]), number(f[1]), hash(f[2]), number(f[3]), hash(f[4])) == nil
	case "checkpoint":
		checkpoint(f[1], plain(f[2]))
		return true
	case "receipt":
		return receipt(f[1], hash(f[2]), plain(f[3])) == nil
	}
	fmt.Fprintln(os.Stderr, "what is", f[0])
	os.Exit(2)
	return false
}

func main() {
	questions := bufio.NewScanner(os.Stdin)
	questions.Buffer(make([]byte, 1<<20), 1<<20)
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	for questions.Scan() {
		if holds(questions.Text()) {
			fmt.Fprintln(answers, "yes")
		} else {
			fmt.Fprintln(answers, "no")
		}
	}
}
