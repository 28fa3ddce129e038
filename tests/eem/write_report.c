/*
 * Writes a report as spindle-eem does: write_report ROOT INCIDENT.json [FILE]...
 * The files are added to it. Prints the folder; 1 with a sentence where it could not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "lua/report/report.h"

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *data = malloc(1 << 20);

	*len = 0;
	if (!f || !data) {
		fprintf(stderr, "%s cannot be read\n", path);
		exit(1);
	}
	*len = fread(data, 1, 1 << 20, f);
	fclose(f);
	return data;
}

static int add(const char *root, const char *id, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	size_t len;
	char *data = read_file(path, &len);
	int code = report_add(root, id, slash ? slash + 1 : path, data, len, NULL, err);

	free(data);
	return code;
}

int main(int argc, char **argv)
{
	struct error err = {0};
	char folder[REPORT_PATH_MAX];
	json_t *incident = argc > 2 ? json_load_file(argv[2], 0, NULL) : NULL;
	int code;

	if (!incident) {
		fprintf(stderr, "usage: write_report ROOT INCIDENT.json [FILE]...\n");
		return 2;
	}
	code = report_write(argv[1], incident, NULL, folder, &err);
	for (int i = 3; i < argc && !code; i++)
		code = add(argv[1], json_string_value(json_object_get(incident, "id")), argv[i],
			   &err);
	json_decref(incident);
	if (code) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("%s\n", folder);
	return 0;
}
