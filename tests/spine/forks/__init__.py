"""Histories that part: backups put back, wiped disks, cards copied, a hub set back by a day."""
