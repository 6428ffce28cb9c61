/*
 * Bodies that can't be mixed up: a header with number, size and name, words
 * that follow from the number, and a sum over all of it at the end.
 */
#include "soak.h"

#include <stdio.h>
#include <string.h>

#define HEADER 64
#define WORD   sizeof(uint64_t)

static uint64_t
sum_of(const char *p, size_t size)
{
	uint64_t sum = 14695981039346656037u, word;
	size_t i;

	for (i = 0; i < size; i += WORD) {
		memcpy(&word, p + i, WORD);
		sum = (sum ^ word) * 1099511628211u;
		sum ^= sum >> 29;
	}
	return sum;
}

/* Returns the size, which is made a multiple of a word. */
size_t
body_make(char *p, size_t size, unsigned int id, const char *name)
{
	uint64_t word = id * 2654435761u + 1;
	size_t i;

	size = size / WORD * WORD;
	if (size < HEADER + WORD)
		size = HEADER + WORD;
	memset(p, '.', HEADER);
	(void)snprintf(p, HEADER, "soak %u %zu %s\n", id, size, name);
	for (i = HEADER; i < size - WORD; i += WORD) {
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
		memcpy(p + i, &word, WORD);
	}
	word = sum_of(p, size - WORD);
	memcpy(p + size - WORD, &word, WORD);
	return size;
}

/* NULL for a whole body of that name, else what is wrong with it. */
const char *
body_check(const char *p, size_t size, const char *name, unsigned int *id)
{
	char own[NAME_SIZE], header[HEADER];
	uint64_t sum;
	size_t said;

	if (size < HEADER + WORD || size % WORD != 0)
		return "its size";
	memcpy(header, p, HEADER);
	header[HEADER - 1] = '\0';
	if (sscanf(header, "soak %u %zu %31s", id, &said, own) != 3)
		return "its header";
	if (said != size)
		return "its size";
	if (strcmp(own, name) != 0)
		return "its name";
	memcpy(&sum, p + size - WORD, WORD);
	if (sum != sum_of(p, size - WORD))
		return "its sum";
	return NULL;
}
