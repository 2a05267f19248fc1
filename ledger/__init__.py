"""The operational store of take-back: commands in, events out, nothing acknowledged unstored."""
