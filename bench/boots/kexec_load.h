/*
 * A bzImage loaded by kexec_load(2) for its 64-bit entry, without purgatory and digest.
 *
 * Sources: Documentation/x86/boot.rst (the header, the 64-bit protocol), zero-page.rst, and
 * kexec_load(2). The parts lie one behind the other: kernel with all that it says it needs
 * (init_size), initrd, one page each for zero page, command line and a trampoline that puts the
 * zero page's address where the entry wants it. They lie at the end of RAM: where Linux gives
 * out pages at the segments' own destinations, it searches all it has for each of them
 * (kimage_alloc_page in kernel/kexec_core.c), and it gives out the lower ones first.
 */
#include <asm/bootparam.h>
#include <linux/kexec.h>
#include <sys/mman.h>

#define PAGE 4096UL
#define LOADER_KEXEC 0xd0
#define ENTRY_64 0x200
#define ROUND_UP(size) (((size) + PAGE - 1) & ~(PAGE - 1))

struct file {
    uint8_t *data;
    size_t size;
};

static long mapped(const char *path, struct file *file)
{
    long fd = open_file(path);
    if (fd < 0)
        return fd;
    file->size = (size_t)CALL(SYS_lseek, fd, 0, 2);
    long data = CALL(SYS_mmap, 0, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data < 0 && data > -(long)PAGE)
        return data;
    file->data = (uint8_t *)data;
    return 0;
}

/* Read a small file below /sys into `text`; return whether it is there. */
static int read_small(uint64_t number, const char *name, char *text, size_t most)
{
    char path[64];
    append(append(append_number(append(path, "/sys/firmware/memmap/"), number, 1), "/"), name);
    long fd = open_file(path);
    if (fd < 0)
        return 0;
    long size = CALL(SYS_read, fd, text, most - 1);
    text[size > 0 ? size : 0] = 0;
    CALL(SYS_close, fd);
    return 1;
}

static uint64_t hexadecimal(const char *text)
{
    uint64_t number = 0;
    for (text += 2; *text && *text != '\n'; text++)
        number = number << 4 | (uint64_t)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
    return number;
}

static uint32_t type_of(const char *text)
{
    if (begins(text, "System RAM"))
        return 1;
    if (begins(text, "ACPI Tables"))
        return 3;
    if (begins(text, "ACPI Non-volatile"))
        return 4;
    if (begins(text, "Unusable"))
        return 5;
    return begins(text, "Persistent Memory") ? 7 : 2;
}

/* Fill the zero page's memory map from the firmware's; return the highest place below 4 GiB
 * for `size` bytes of RAM, 0 where there is none. */
static uint64_t fill_memory_map(struct boot_params *params, uint64_t size, uint64_t alignment)
{
    char text[64];
    uint64_t place = 0;
    for (uint64_t number = 0; number < E820_MAX_ENTRIES_ZEROPAGE; number++) {
        struct boot_e820_entry *entry = &params->e820_table[number];
        if (!read_small(number, "start", text, sizeof text))
            break;
        entry->addr = hexadecimal(text);
        read_small(number, "end", text, sizeof text);
        entry->size = hexadecimal(text) - entry->addr + 1;
        read_small(number, "type", text, sizeof text);
        entry->type = type_of(text);
        params->e820_entries++;
        if (entry->type != 1 || entry->size < size || entry->addr + entry->size > 1UL << 32)
            continue;
        uint64_t highest = (entry->addr + entry->size - size) & ~(alignment - 1);
        if (highest >= entry->addr && highest > place)
            place = highest;
    }
    return place;
}

static long load(void)
{
    static const char command_line[] = COMMAND_LINE;
    static struct boot_params params __attribute__((aligned(4096)));
    static uint8_t trampoline[22] = {0x48, 0xbe, [10] = 0x48, 0xb8, [20] = 0xff, 0xe0};
    struct file kernel, initrd;
    long error = mapped(KERNEL, &kernel);
    if (!error)
        error = mapped(INITRD, &initrd);
    if (error)
        return error;

    /* What the running kernel was told of the screen and the ACPI tables still holds. */
    long fd = open_file("/sys/kernel/boot_params/data");
    static struct boot_params running;
    CALL(SYS_read, fd, &running, sizeof running);
    params.screen_info = running.screen_info;
    params.acpi_rsdp_addr = running.acpi_rsdp_addr;

    const uint8_t *header = kernel.data + offsetof(struct boot_params, hdr);
    memcpy(&params.hdr, header, 0x202 + kernel.data[0x201] - 0x1f1);
    size_t setup = (params.hdr.setup_sects + 1UL) * 512;
    size_t size = params.hdr.syssize * 16UL;
    if (size > kernel.size - setup)
        size = kernel.size - setup;
    uint64_t whole = ROUND_UP(params.hdr.init_size) + ROUND_UP(initrd.size) + 3 * PAGE;
    uint64_t at_kernel = fill_memory_map(&params, whole, params.hdr.kernel_alignment);
    if (!at_kernel)
        return -99; /* EADDRNOTAVAIL */
    uint64_t at_initrd = at_kernel + ROUND_UP(params.hdr.init_size);
    uint64_t at_params = at_initrd + ROUND_UP(initrd.size);
    uint64_t at_command_line = at_params + PAGE, at_trampoline = at_params + 2 * PAGE;
    uint64_t entry = at_kernel + ENTRY_64;

    params.hdr.type_of_loader = LOADER_KEXEC;
    params.hdr.ramdisk_image = (uint32_t)at_initrd;
    params.hdr.ramdisk_size = (uint32_t)initrd.size;
    params.hdr.cmd_line_ptr = (uint32_t)at_command_line;
    memcpy(trampoline + 2, &at_params, 8);
    memcpy(trampoline + 12, &entry, 8);

    struct kexec_segment segments[] = {
        {kernel.data + setup, size, (void *)at_kernel, ROUND_UP(params.hdr.init_size)},
        {initrd.data, initrd.size, (void *)at_initrd, ROUND_UP(initrd.size)},
        {&params, sizeof params, (void *)at_params, PAGE},
        {command_line, sizeof command_line, (void *)at_command_line, PAGE},
        {trampoline, sizeof trampoline, (void *)at_trampoline, PAGE},
    };
    return CALL(SYS_kexec_load, at_trampoline, sizeof segments / sizeof *segments, segments,
                KEXEC_ARCH_X86_64);
}
