"""The commands of the console script, one module a family; each offers `COMMANDS`."""
