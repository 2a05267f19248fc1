"""The desk of take-back: what a command must know is looked up, the rules decide, rows follow."""
