"""One runner each, as a process of its own: it does the job and writes what it took."""
