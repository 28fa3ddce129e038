#include "base/clock.h"

#include <stdio.h>
#include <sys/timex.h>
#include <time.h>

static uint64_t read_us(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t clock_boot_us(void)
{
	return read_us(CLOCK_BOOTTIME);
}

uint64_t clock_boot_ms(void)
{
	return read_us(CLOCK_BOOTTIME) / 1000;
}

uint64_t clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

bool clock_wall_is_synced(void)
{
	struct timex tx = {0}; /* modes 0: look only */
	int state = adjtimex(&tx);

	return state >= 0 && state != TIME_ERROR && !(tx.status & STA_UNSYNC);
}

const char *clock_stamp(uint64_t wall_ms, char *buf, size_t size)
{
	/* Not strftime(): the month names are the router's, not the locale's. */
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	gmtime_r(&seconds, &tm); /* fails for no 64-bit number of milliseconds */
	snprintf(buf, size, "%s %2d %02d:%02d:%02d.%03u", months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec, (unsigned int)(wall_ms % 1000));
	return buf;
}

const char *clock_uptime(uint64_t ms, char *buf, size_t size)
{
	uint64_t s = ms / 1000, hours = s / 3600, days = hours / 24, weeks = days / 7;

	if (days == 0)
		snprintf(buf, size, "%02u:%02u:%02u", (unsigned int)hours,
			 (unsigned int)(s / 60 % 60), (unsigned int)(s % 60));
	else if (weeks == 0)
		snprintf(buf, size, "%ud%02uh", (unsigned int)days, (unsigned int)(hours % 24));
	else if (weeks < 52)
		snprintf(buf, size, "%uw%ud", (unsigned int)weeks, (unsigned int)(days % 7));
	else
		snprintf(buf, size, "%lluy%uw", (unsigned long long)(weeks / 52),
			 (unsigned int)(weeks % 52));
	return buf;
}
