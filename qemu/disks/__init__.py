"""Disks made from short recipes, without root, mounts or loop devices."""
