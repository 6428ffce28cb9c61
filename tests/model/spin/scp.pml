/*
 * The SCP protocol between the side with the files (source) and the side that
 * stores them (sink).  Octets of a body and records travel in one stream and
 * look alike, so both sides have to agree on where they are; here each message
 * says what it was sent as, and asserts compare that with what it is taken as.
 *
 * The source:
 *	LOCKSTEP   waits for each answer before it goes on
 *	PIPELINED  "Pipelining yes": T and C in one write, the end of a body and
 *	           the next record in one, E and the next record in one; waits
 *	           for the answers to C and D only, before what depends on them
 *	EAGER      a peer that sends without waiting, refused or not
 *	HOSTILE    a peer that sends anything
 * The sink:
 *	STOPS      a refused C is \2 and the end (no -r, no -d)
 *	DROPS      a refused C gets the go-ahead, its body is read and dropped,
 *	           and the refusal is the answer to the body (-r or -d)
 *	SKIPS      a peer that refuses a C with \1 and expects no body
 *	AHEAD      "Pipelining yes": the answer to the next C or D comes together
 *	           with the one that is due, and the answer to a T before it where
 *	           the last C or D had one; a C that must then be refused is
 *	           answered at the end of its body
 *	UNASKED    a peer that sends \0 before anything is due
 *
 * A source sends a T before every file or before none.  One that changes its
 * ways takes the answer to a T that was expected for the answer to a body: that
 * is the price of AHEAD (M_CHANGES_ITS_WAYS), and such a C ends the session.
 *
 * Serials number what has to be answered, in order: 0 is the first reply, then
 * each T, C, D, E and each body.  Every answer carries the serial of what it
 * answers; nobody on a real wire sees them.
 */
#ifndef ITEMS
#define ITEMS	2		/* files and directories offered */
#endif
#ifndef SIZE
#define SIZE	1		/* octets of the largest body */
#endif
#ifndef DEPTH
#define DEPTH	2		/* directories in each other */
#endif
#ifndef WARNINGS
#define WARNINGS 1		/* \1 records of the source */
#endif
#ifndef MESSAGES
#define MESSAGES 7		/* of a hostile source */
#endif
#ifndef UP
#define UP	2		/* what fits on the way to the sink */
#endif
#ifndef DOWN
#define DOWN	12		/* and back: more than is ever outstanding */
#endif

#ifdef HOSTILE
#define HONEST	0
#else
#define HONEST	1
#endif

mtype = { T, C, D, E, OCTET, OK, WARN, FATAL, END };

/* what; size of a C; serial; number of the body; directories open */
chan up = [UP] of { mtype, byte, byte, byte, byte };
chan down = [DOWN] of { mtype, byte };

bool sink_gone, source_gone;	/* nobody reads any more */
bool finished;			/* the source has sent all it wanted */
bool goodbye;			/* its last record is an E at the top */
byte whole;			/* bit n: all octets of body n were sent */
byte stored;			/* bit n: body n has its name */
byte withdrawn;		/* bit n: the source takes body n back */

/* ---- the sink ---- */

#define TAKE(k) up?k,n,serial,body,deep; since_c++

#ifdef FAULTS
#define MAY_DIE :: goto KILLED
#else
#define MAY_DIE
#endif

/* Words to the source, who may no longer listen. */
inline say(word, about) {
	if
	:: down!word,about
	:: source_gone
	MAY_DIE
	fi
}

/* An answer \0 that may have been given in advance. */
inline acknowledge() {
	if
	:: ahead > 0 -> ahead--
	:: else -> say(OK, serial)
	fi
}

/* The answer to whatever comes next, before it comes. */
inline answer_ahead() {
#ifdef AHEAD
	do
#ifdef M_TWO_AHEAD
	:: ahead < 2 -> ahead++; say(OK, serial + ahead)
#endif
	:: ahead < 1 + timed -> ahead++; say(OK, serial + ahead)
	:: break
	od
#else
	skip
#endif
}
inline publish() {
	if
	:: /* S: never but after all octets, and the source's \0 or its end */
	   assert(since_c == size + 1 && taken == size);
	   assert(kind == OK || kind == END);
	   assert(!HONEST || (whole & (1 << body)));
	   assert(!HONEST || !(withdrawn & (1 << body)));
	   assert(!refused);
	   stored = stored | (1 << body)
	:: failed = true	/* no room, no right, a directory is there */
	fi
}

active proctype Sink() {
	mtype kind;
	byte n, serial, body, deep, size, taken, since_c;
	byte depth, ahead;
	bool keep, failed, took_back;
	bool times_came, timed;		/* a T waits; the last C or D had one */
	bool refused;			/* the target was */

TARGET:	/* the operand is found, or not: the first reply, unasked */
#ifdef M_NO_FIRST_REPLY
	goto RECORD;
#endif
	if
	:: say(OK, 0)
	:: say(FATAL, 0); goto STOP
	:: say(WARN, 0); goto REFUSED
	fi;

RECORD:	/* between records; ahead: answers given before they were due */
#ifdef UNASKED
	do
	:: ahead < 2 -> ahead++; say(OK, serial + ahead)
	:: break
	od;
#endif
	TAKE(kind);
	if
	:: kind == T ->
#ifndef M_SILENT_TIMES
		acknowledge();
#endif
		times_came = true;
		goto RECORD
	:: kind == C -> goto HEADER
	:: kind == D -> goto ENTER
	:: kind == E -> goto LEAVE
	:: kind == WARN ->
		times_came = false;
#ifdef M_ANSWERS_WARNING
		say(OK, serial);
#endif
		goto RECORD
	:: kind == FATAL -> goto STOP
	:: kind == END -> goto DONE
	:: kind == OCTET || kind == OK ->
		/* S: a body is never read as records */
		assert(!HONEST);
		say(FATAL, serial); goto STOP
	fi;

HEADER:	/* a C: is it wanted? */
	assert(!HONEST || deep == depth);
	timed = times_came; times_came = false;
	size = n; taken = 0; since_c = 0; keep = true; failed = false;
#ifndef UNASKED
	if
	:: ahead > 1 -> say(FATAL, serial); goto STOP
	:: else
	fi;
#endif
	if
	:: acknowledge()
	:: /* refused */
	   keep = false;
	   failed = true;
	   if
#ifdef M_REFUSES_LATE
	   :: ahead > 0 -> ahead--; say(WARN, serial)
#else
	   :: ahead > 0 -> ahead--
#endif
	   :: else ->
#if defined(SKIPS) || defined(M_PARSES_ON)
		say(WARN, serial); goto RECORD
#elif defined(DROPS)
		say(OK, serial)
#else
		say(FATAL, serial); goto STOP
#endif
	   fi
	fi;

BODY:	/* so many octets, whatever they look like and become */
#ifdef M_TAKES_ONE_MORE
	do
	:: taken <= size ->
#else
	do
	:: taken < size ->
#endif
		TAKE(kind);
#ifdef M_CUT_IS_END
		if
		:: kind == END -> goto PUBLISH
		:: else
		fi;
#endif
		if
		:: kind == END -> goto STOP
		:: else
		fi;
		/* S: what was not sent as this body is not taken for it */
		assert(!HONEST || kind == OCTET);
		taken++;
#ifdef M_STOPS_READING
		if
		:: skip
		:: say(WARN, serial + 1); goto RECORD
		fi
#else
		if
		:: skip
		:: failed = true	/* it can't be stored: read on */
		fi
#endif
	:: else -> break
	od;

#ifdef M_PUBLISHES_FIRST
	kind = OK;
	publish();
#endif

STATUS:	/* the source's own word on the body; its end counts as \0 */
	TAKE(kind);
	took_back = (kind == WARN);
	if
	:: kind == OK || kind == WARN || kind == END
	:: kind == FATAL -> goto STOP
	:: else ->
		assert(!HONEST);
		say(FATAL, serial); goto STOP
	fi;
#ifdef M_IGNORES_STATUS
	took_back = false;
#endif

PUBLISH: /* it gets its name, whole, or never */
#ifdef M_ACKNOWLEDGES_FIRST
	if
	:: !failed && !took_back -> say(OK, serial); publish(); goto RECORD
	:: else
	fi;
#endif
	if
	:: keep && !failed && !took_back -> publish()
	:: else
	fi;

VERDICT: /* the answer to the body: never in advance */
	if
	:: kind == END -> goto DONE
	:: else
	fi;
#ifndef UNASKED
	if
	:: failed -> say(WARN, serial)
	:: else -> acknowledge()
	fi;
#else
	if
	:: ahead > 0 -> ahead--
	:: else -> if :: failed -> say(WARN, serial) :: else -> say(OK, serial) fi
	fi;
#endif
	answer_ahead();
	goto RECORD;

ENTER:	/* a D; refused, it ends the session, for its children come anyway */
	assert(!HONEST || deep == depth);
	timed = times_came; times_came = false;
	if
	:: depth < DEPTH ->
		depth++; acknowledge(); answer_ahead(); goto RECORD
#if defined(SKIPS) || defined(M_REFUSES_DIRECTORY)
	:: ahead == 0 -> say(WARN, serial); goto RECORD
#endif
	:: say(FATAL, serial); goto STOP
	fi;

LEAVE:	/* an E; at the top it is goodbye */
	times_came = false;
	if
	:: depth == 0 ->
		/* S: each E closes a directory, but for one that ends it all */
		assert(!HONEST || goodbye);
		acknowledge();
		goto DONE
	:: else
	fi;
	depth--;
	if
	:: acknowledge(); answer_ahead(); goto RECORD
	:: ahead == 0 ->	/* its times or mode can't be set */
		say(WARN, serial);
#ifdef M_ANSWERS_TWICE
		say(WARN, serial);
#endif
		answer_ahead();
		goto RECORD
#ifdef M_TELLS_AFTERWARDS
	:: ahead > 0 -> ahead--; say(WARN, serial); goto RECORD
#else
	:: ahead > 0 -> ahead--;	/* only the exit status tells it */
		answer_ahead();
		goto RECORD
	:: ahead > 0 -> say(FATAL, serial); goto STOP	/* or \2 does */
#endif
	fi;

REFUSED: /* \1 was the first reply: the first line is not read as anything */
	refused = true;
#ifdef M_SERVES_REFUSED
	goto RECORD;
#endif
	do
	:: TAKE(kind);
		if
		:: kind == END -> goto STOP
		:: kind == OCTET || kind == OK	/* without a newline */
		:: kind != END && kind != OK -> break
		fi
	:: break	/* it is silent */
	od;
	say(FATAL, serial);

DISCARD: /* nor is anything else, for so long */
	do
	:: TAKE(kind);
		if
		:: kind == END -> break
		:: else
		fi
	:: break
	od;
	goto STOP;

DONE:	/* a good end: every directory that was entered was left */
	assert(!finished || depth == 0);
KILLED:
STOP:	/* nothing more is read; what was not published never appears */
	sink_gone = true;
	if
	:: down!END,0
	:: source_gone
	fi
}

/* ---- the source ---- */

#ifndef HOSTILE

#define WAITS_ALWAYS 0
#ifdef LOCKSTEP
#undef WAITS_ALWAYS
#define WAITS_ALWAYS 1
#endif

/* One message on its way; the sink may be gone. */
inline put(what, length) {
	if
	:: up!what,length,next,bodies,depth
	:: sink_gone -> goto GONE
	MAY_DIE
	fi
}

/* A record or body end that will be answered. */
inline put_asking(what, length) {
	next++;
	put(what, length)
}

/* The next answer; it must be about the next thing that wants one. */
inline hear() {
	down?word,about;
	if
	:: word == END || word == FATAL -> goto GONE
	:: else
	fi;
	assert(about == heard);
#ifndef UNASKED
	/* S: acknowledged means stored, or that the source took it back */
	if
	:: (is_body & (1 << heard)) ->
		assert(word != OK || (stored & (1 << judged)) ||
		    (withdrawn & (1 << judged)));
		judged++
	:: else
	fi;
#endif
	heard++
}

inline hear_all() {
	do
	:: heard <= next -> hear()
	:: else -> break
	od
}

/* Before what depends on the answer; an eager peer may not wait even here. */
inline must_hear() {
#ifdef EAGER
	if
	:: hear_all()
	:: word = OK
	fi
#else
	hear_all()
#endif
}

/* Where only a lock-step source waits. */
inline may_hear() {
	if
	:: WAITS_ALWAYS -> hear_all()
#ifndef LOCKSTEP
	:: !WAITS_ALWAYS
#endif
	fi
}

active proctype Source() {
	mtype word;
	byte about, next, heard, bodies, judged, left;
	byte depth, items, warnings;
	int is_body;
	bool with_times, time_sent;

	if
	:: with_times = true
	:: skip
	fi;

FIRST:	/* a \1 here is only counted */
	must_hear();

ITEM:
	if
	:: items < ITEMS ->
		items++;
		goto TIMES
	:: depth > 0 -> goto E_NEXT
	:: warnings < WARNINGS ->	/* it skips something: no answer */
		warnings++;
		put(WARN, 0);
		goto ITEM
	:: depth == 0 -> goto LAST
	MAY_DIE
	fi;

TIMES:	/* with -p, before each file; before directories some do without */
	time_sent = false;
	if
	:: with_times ->
		time_sent = true;
		put_asking(T, 0);
		may_hear();
		if
		:: WAITS_ALWAYS && word == WARN -> goto ITEM
		:: else
		fi
	:: skip
	fi;
	if
#ifndef M_CHANGES_ITS_WAYS
	:: time_sent == with_times ->
#else
	:: true ->
#endif
		if
		:: left = 0
		:: left = SIZE
		fi;
		put_asking(C, left)
	:: depth < DEPTH -> goto DIRECTORY
	:: time_sent && warnings < WARNINGS ->	/* it can't be read after all */
		warnings++;
		put(WARN, 0);
		goto ITEM
	:: !time_sent && with_times && depth == DEPTH -> goto ITEM
	fi;

	/* S: no octet of a body before its C was answered */
#ifdef M_BODY_UNASKED
	word = OK;
#else
	must_hear();
#endif
	if
	:: word == WARN -> goto ITEM
#ifdef EAGER
	:: word == WARN		/* some clients only log it */
#endif
	:: else
	fi;

BODY:	/* exactly so many octets, zeros where the file has become shorter */
#ifdef M_SENDS_LESS
	left = 0;
#endif
#ifdef M_SENDS_MORE
	left++;
#endif
	do
	:: left > 0 -> left--; put(OCTET, 0)
	:: else -> break
	od;

DATA_END: /* and its own word on them */
	is_body = is_body | (1 << (next + 1));
	whole = whole | (1 << bodies);
	if
	:: put_asking(OK, 0)
	:: next++;
	   if
	   :: atomic {	/* no longer ours to say once it is under way */
		up!WARN,0,next,bodies,depth ->
		withdrawn = withdrawn | (1 << bodies)
	      }
	   :: sink_gone -> goto GONE
	   MAY_DIE
	   fi
	fi;
	bodies++;
	may_hear();
	goto ITEM;

DIRECTORY: /* a D: nothing of it before the answer, and no E if refused */
	put_asking(D, 0);
#ifdef M_CHILD_UNASKED
	word = OK;
#else
	must_hear();
#endif
	if
	:: word == WARN ->
#ifdef M_LEAVES_REFUSED
		put_asking(E, 0); may_hear();
#endif
		goto ITEM
#ifdef EAGER
	:: word == WARN -> depth++
#endif
	:: else -> depth++
	fi;
	goto ITEM;

E_NEXT:
	depth--;
	put_asking(E, 0);
	may_hear();
	goto ITEM;

LAST:	/* all answers, then the end; some say goodbye with an E */
	finished = true;
	if
	:: goodbye = true; put_asking(E, 0)
	:: skip
	fi;
	must_hear();

KILLED:
GONE:	/* our end of the stream is closed */
	source_gone = true;
	if
	:: up!END,0,next,bodies,0
	:: sink_gone
	fi
}

#else

active proctype Source() {
	byte sent;
	byte size;

	do
	:: sent < MESSAGES ->
		sent++;
		size = 0;
		if
		:: size = SIZE
		:: skip
		fi;
		if
		:: up!T,0,0,0,0
		:: up!C,size,0,0,0
		:: up!D,0,0,0,0
		:: up!E,0,0,0,0
		:: up!OCTET,0,0,0,0
		:: up!OK,0,0,0,0
		:: up!WARN,0,0,0,0
		:: up!FATAL,0,0,0,0
		:: sink_gone -> break
		fi
	:: break
	od;
	source_gone = true;
	if
	:: up!END,0,0,0,0
	:: sink_gone
	fi
}

#endif
