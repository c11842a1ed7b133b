"""Images: what is inside of files, read in place by small ranges and never unpacked to a disk."""
