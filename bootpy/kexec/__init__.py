"""kexec: recognise the image, check all that can be checked, load, explain, jump."""
