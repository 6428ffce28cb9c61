/* The least that can be executed: one status byte, and the end of input. */
#include <unistd.h>

int
main(void)
{
	char c;

	if (write(1, "", 1) != 1)
		return 1;
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
