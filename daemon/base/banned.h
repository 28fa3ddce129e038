/*
 * banned: C functions that are not used here; included before everything else (-include).
 * The poison makes them a compile error; the alternatives stand beside them.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#ifndef __cplusplus
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy stpcpy strcat		  /* text_copy(), struct text */
#pragma GCC poison sprintf vsprintf		  /* snprintf(), text_addf() */
#pragma GCC poison strtok			  /* strsep() on a copy, or a parser */
#pragma GCC poison atoi atol atoll atof		  /* text_u32(), text_u64() */
#pragma GCC poison gets tmpnam mktemp		  /* getline(), mkstemp() */
#pragma GCC poison gmtime localtime asctime ctime /* the _r forms */

/* The call is an error, the bare word is not: libcrypto's headers have parameters of that name. */
#define rand(...)    banned_use_random_u32(__VA_ARGS__)
#define srand(...)   banned_use_random_u32(__VA_ARGS__)
#define random(...)  banned_use_random_u32(__VA_ARGS__)
#define srandom(...) banned_use_random_u32(__VA_ARGS__)
#endif

#endif
