"""The desk of take-back: looks up what a command must know, asks the rules, says what is written."""
