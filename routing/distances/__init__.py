"""How far and how long between points, each figure with the method it came by."""
