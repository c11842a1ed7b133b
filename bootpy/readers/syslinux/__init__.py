"""SYSLINUX, ISOLINUX and EXTLINUX configurations, and U-Boot's extlinux.conf."""
