/*
 * Releases pages that were needed only at startup: the dynamic loader, and the
 * symbols and tables of the C library.  They would count as memory of this
 * process as long as it waits for its peer.  The code of the library stays,
 * since most of it is used again before the first reply.
 */
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sandbox/confine.h"

/*
 * Releases the read-only segments of a library, and the code of the loader:
 * every symbol is bound already.  The kernel reads a page that is used again
 * from the file.  The segments of this program stay.
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
	if (getauxval(AT_BASE) == 0)
		return; /* a static program has nothing but what is its own */
	(void)dl_iterate_phdr(release_object, NULL); /* always 0 */
}
