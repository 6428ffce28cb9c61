#ifndef FLOOR_H
#define FLOOR_H

/* Gives a file without a name one, by a rename for a guarded loop. */
int floor_publish(int fd, int dir, const char *name);

/* A line of the log, of a guarded loop. */
void floor_log(void);

/* The bare loop of SFTP, until the end of its input. */
void floor_sftp(void);

#endif
