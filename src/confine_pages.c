/*
 * What only starting up needed: the dynamic loader, and the symbols and tables
 * of the C library.  Those pages come from the page cache and would count to
 * this process for as long as it waits for its peer.  The library's code
 * would, too, but most of that is back before the first reply, a page fault
 * each.
 */
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "confine.h"

/*
 * Lets go of a library's read-only segments, of code only the loader's: every
 * symbol is bound already.  The kernel brings back a page that is used again.
 * The program's own are next, and stay.
 */
static int
release_object(struct dl_phdr_info *object, size_t size, void *data)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const ElfW(Phdr) * segment;
	ElfW(Word) kept = PF_W;
	uintptr_t from, to;

	(void)size;
	(void)data;
	if (*object->dlpi_name == '\0')
		return 0;
	if (object->dlpi_addr != getauxval(AT_BASE))
		kept |= PF_X;
	/* from the last: the first one holds this list */
	for (unsigned int i = object->dlpi_phnum; i > 0; i--) {
		segment = &object->dlpi_phdr[i - 1];
		if (segment->p_type != PT_LOAD ||
		    (segment->p_flags & kept) != 0)
			continue;
		from = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
		to = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
		/* advice: a failure costs memory, nothing else */
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void
confine_pages(void)
{
	(void)dl_iterate_phdr(release_object, NULL); /* always 0 */
}
