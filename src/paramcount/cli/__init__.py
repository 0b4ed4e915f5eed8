"""The command line: one file a command.  The only place that prints, reads the terminal and exits."""
