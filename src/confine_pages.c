/*
 * What only starting up needed: the dynamic loader.  Its pages come from the
 * page cache and would count to this process for as long as it waits for its
 * peer.  The C library's would, too, but most of those it lets go of are back
 * before the first reply, a page fault each.
 */
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "confine.h"

/*
 * Lets go of the loader's read-only segments: every symbol is bound already.
 * The kernel brings back a page that is used all the same.
 */
static int
release_object(struct dl_phdr_info *object, size_t size, void *data)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const ElfW(Phdr) * segment;
	uintptr_t from, to;

	(void)size;
	(void)data;
	if (object->dlpi_addr != getauxval(AT_BASE)) /* a static one: none */
		return 0;
	for (unsigned int i = 0; i < object->dlpi_phnum; i++) {
		segment = &object->dlpi_phdr[i];
		if (segment->p_type != PT_LOAD ||
		    (segment->p_flags & PF_W) != 0)
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
