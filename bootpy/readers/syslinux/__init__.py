"""SYSLINUX, ISOLINUX, EXTLINUX and PXELINUX configurations, and U-Boot's kind of them."""
