#ifndef PACKETS_H
#define PACKETS_H

/* The packets of SFTP that are played here. */
enum {
	INIT = 1,
	VERSION,
	OPEN,
	CLOSE,
	READ,
	WRITE,
	FSETSTAT = 10,
	MKDIR = 14,
	STATUS = 101,
	HANDLE,
	DATA,
};

#endif
