/*
 * A tool of the build: turns the preprocessed seccomp_rules.h into programs
 * for one architecture and prints them as a header.
 *
 *	seccomp_compile x86_64 >seccomp_programs.h
 *
 * It runs where the compiler runs; nothing of it is in the server.
 */
#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONDITIONS_MAX 3

/* The masked argument is value; mask 0 ends a list. */
struct condition {
	unsigned int arg;
	uint64_t mask;
	uint64_t value;
};

struct rule {
	const char *call;
	const char *programs;
	struct condition when[CONDITIONS_MAX + 1];
};

/* The kernel looks at the lower half of an int argument only. */
#define HALF(x)				((uint64_t)(uint32_t)(x))
#define ANY				/* no condition */
#define BITS(n, mask, value)		{ n, HALF(mask), HALF(value) },
#define INT(n, value)			{ n, UINT32_MAX, HALF(value) },
#define POINTER(n, value)		{ n, UINT64_MAX, value },
#define CALL(name, programs, when, why) { name, programs, { when{ 0, 0, 0 } } },

static const struct rule rules[] = {
#include "seccomp_rules.i"
};

/* In the order of enum confine_program, with their letters. */
static const struct {
	char letter;
	const char *name;
} programs[] = {
	{ 'S', "source" },
	{ 'W', "source-walk" },
	{ 'N', "sink-new" },
	{ 'G', "sink-new-setgid" },
	{ 'T', "sink-new-setid" },
	{ 'R', "sink" },
	{ 'M', "sink-named" },
	{ 'V', "sink-versions" },
	{ 'O', "sink-open" },
	{ 'H', "sink-setgid" },
	{ 'I', "sink-inplace" },
	{ 'J', "sink-inplace-setgid" },
	{ 'U', "sink-setid" },
	{ 'Z', "refusal" },
	{ 'D', "sftp-read" },
	{ 'E', "sftp-read-walk" },
	{ 'A', "sftp-add" },
	{ 'P', "sftp-write" },
	{ 'B', "sftp-both" },
	{ 'K', "sftp-links" },
	{ 'C', "sftp-write-setgid" },
	{ 'F', "sftp-both-setgid" },
	{ 'X', "sftp-open" },
	{ 'Y', "sftp-setid" },
};

/* Another architecture gets a header without programs. */
static const struct arch {
	const char *name;
	uint32_t token;
	const char *is_target; /* the compiler of the header agrees */
} arches[] = {
	{ "x86_64", SCMP_ARCH_X86_64,
	    "defined(__x86_64__) && !defined(__ILP32__)" },
	{ "aarch64", SCMP_ARCH_AARCH64,
	    "defined(__aarch64__) && !defined(__ILP32__) && "
	    "defined(__AARCH64EL__)" },
	{ "arm", SCMP_ARCH_ARM,
	    "defined(__ARM_EABI__) && !defined(__ARMEB__)" },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void
check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "seccomp_compile: %s: %s\n", what, strerror(-result));
	exit(1);
}

static void
check_rule(const struct rule *r)
{
	bool good = strlen(r->programs) == COUNT(programs);
	size_t i;

	for (i = 0; good && i < COUNT(programs); i++)
		good = r->programs[i] == '-' ||
		    r->programs[i] == programs[i].letter;
	check(good ? 0 : -EINVAL, r->programs);
}

static void
add_rule(scmp_filter_ctx filter, const struct rule *r)
{
	struct scmp_arg_cmp cmp[CONDITIONS_MAX];
	const struct condition *c;
	unsigned int n = 0;
	int number = seccomp_syscall_resolve_name(r->call);

	for (c = r->when; c->mask != 0; c++)
		cmp[n++] =
		    SCMP_CMP64(c->arg, SCMP_CMP_MASKED_EQ, c->mask, c->value);
	check(number == __NR_SCMP_ERROR ? -ENOSYS : 0, r->call);
	check(seccomp_rule_add_exact_array(
		  filter, SCMP_ACT_ALLOW, number, n, cmp),
	    r->call);
}

static scmp_filter_ctx
make_filter(const struct arch *arch, size_t column)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	size_t i;

	check(filter == NULL ? -ENOMEM : 0, arch->name);
	if (arch->token != seccomp_arch_native()) {
		check(seccomp_arch_remove(filter, SCMP_ARCH_NATIVE), "native");
		check(seccomp_arch_add(filter, arch->token), arch->name);
	}
	check(seccomp_attr_set(
		  filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
	    "bad architecture");
	/* a binary tree: the kernel asks it for every call when it is loaded */
	check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "tree");
	for (i = 0; i < COUNT(rules); i++)
		if (rules[i].programs[column] != '-')
			add_rule(filter, &rules[i]);
	return filter;
}

/* "sink-open" is program_sink_open. */
static void
print_symbol(const char *name)
{
	printf("program_");
	for (; *name != '\0'; name++)
		putchar(*name == '-' ? '_' : *name);
}

/* The compiled programs, in the order of the columns. */
static struct code {
	struct sock_filter steps[BPF_MAXINSNS];
	size_t count;
} codes[COUNT(programs)];

static void
compile(const struct arch *arch, size_t column)
{
	scmp_filter_ctx filter = make_filter(arch, column);
	struct code *code = &codes[column];
	FILE *f = tmpfile();

	check(f == NULL ? -errno : 0, "tmpfile");
	check(seccomp_export_bpf(filter, fileno(f)), programs[column].name);
	rewind(f);
	code->count =
	    fread(code->steps, sizeof(code->steps[0]), BPF_MAXINSNS, f);
	fclose(f);
	seccomp_release(filter);
}

/* An earlier column with the same code, or the column itself. */
static size_t
first_like(size_t column)
{
	size_t i;

	for (i = 0; i < column; i++)
		if (codes[i].count == codes[column].count &&
		    memcmp(codes[i].steps, codes[column].steps,
			codes[i].count * sizeof(codes[i].steps[0])) == 0)
			break;
	return i;
}

/* The steps of all programs: most are in many of them. */
static struct {
	struct sock_filter all[BPF_MAXINSNS];
	size_t count;
	size_t of_scp; /* the others are only in columns of SFTP */
	size_t longest;
} steps;

static size_t
number_of(const struct sock_filter *step)
{
	size_t i;

	for (i = 0; i < steps.count; i++)
		if (memcmp(&steps.all[i], step, sizeof(*step)) == 0)
			return i;
	check(i == BPF_MAXINSNS ? -E2BIG : 0, "steps");
	steps.all[steps.count++] = *step;
	return i;
}

/* The last columns are those of SFTP, which a build can leave out. */
static bool
is_first_of_sftp(size_t column)
{
	return strcmp(programs[column].name, "sftp-read") == 0;
}

static void
print_guard(bool begins)
{
	if (begins)
		printf("#ifndef WITHOUT_SFTP\n");
}

static void
collect_steps(void)
{
	size_t column, i;

	for (column = 0; column < COUNT(programs); column++) {
		if (is_first_of_sftp(column))
			steps.of_scp = steps.count;
		for (i = 0; i < codes[column].count; i++)
			(void)number_of(&codes[column].steps[i]);
		if (steps.longest < codes[column].count)
			steps.longest = codes[column].count;
	}
}

/* A row of zeros ends it: C has no array without elements. */
static void
print_steps(void)
{
	const struct sock_filter *s = steps.all;
	size_t i;

	printf("\n#define SECCOMP_STEPS_MAX %zu\n", steps.longest + 1);
	printf("\nstatic const struct sock_filter seccomp_steps[] = {\n");
	for (i = 0; i < steps.count; i++, s++) {
		print_guard(i == steps.of_scp);
		printf("\t{ 0x%04x, %u, %u, 0x%08x },\n", s->code, s->jt, s->jf,
		    s->k);
	}
	printf("%s\t{ 0, 0, 0, 0 },\n};\n", i > 0 ? "#endif\n" : "");
}

/* The numbers of its steps; columns that are alike share one program. */
static void
print_program(size_t column)
{
	const struct code *code = &codes[column];
	size_t same = first_like(column), i;

	if (same != column) {
		printf("\n#define ");
		print_symbol(programs[column].name);
		printf(" ");
		print_symbol(programs[same].name);
		printf("\n");
		return;
	}
	printf("\nstatic const unsigned short ");
	print_symbol(programs[column].name);
	printf("[] = {");
	for (i = 0; i < code->count; i++)
		printf("%s%zu,", i % 12 == 0 ? "\n\t" : " ",
		    number_of(&code->steps[i]));
	printf("\n};\n");
}

/* The list of all programs; without code where there is no architecture. */
static void
print_list(const struct arch *arch)
{
	size_t i;

	printf("\nstatic const struct seccomp_program {\n"
	       "\tconst char *name;\n"
	       "\tconst unsigned short *code;\n"
	       "\tunsigned short count;\n"
	       "} seccomp_programs[] = {\n");
	for (i = 0; i < COUNT(programs); i++) {
		print_guard(is_first_of_sftp(i));
		printf("\t{ \"%s\", ", programs[i].name);
		if (arch == NULL) {
			printf("NULL, 0 },\n");
			continue;
		}
		print_symbol(programs[i].name);
		printf(", sizeof(");
		print_symbol(programs[i].name);
		printf(") / sizeof(unsigned short) },\n");
	}
	printf("#endif\n};\n");
}

int
main(int argc, char *argv[])
{
	const struct arch *arch = NULL;
	size_t i;

	for (i = 0; argc == 2 && i < COUNT(arches); i++)
		if (strcmp(argv[1], arches[i].name) == 0)
			arch = &arches[i];
	for (i = 0; i < COUNT(rules); i++)
		check_rule(&rules[i]);
	printf("/* made by seccomp_compile of seccomp_rules.h */\n"
	       "#include <linux/filter.h>\n#include <stddef.h>\n");
	if (arch != NULL) {
		printf("\n#if !(%s)\n"
		       "#error these programs are for %s\n#endif\n",
		    arch->is_target, arch->name);
		for (i = 0; i < COUNT(programs); i++)
			compile(arch, i);
		collect_steps();
	}
	print_steps();
	if (arch != NULL) {
		for (i = 0; i < COUNT(programs); i++) {
			print_guard(is_first_of_sftp(i));
			print_program(i);
		}
		printf("#endif\n");
	}
	print_list(arch);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
