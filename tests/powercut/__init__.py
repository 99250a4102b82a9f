"""Power cuts and sick disks: writes are recorded, and the disk rebuilt as it may be."""
