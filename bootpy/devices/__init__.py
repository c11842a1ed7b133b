"""Block devices: found, watched, probed and mounted, never written."""
