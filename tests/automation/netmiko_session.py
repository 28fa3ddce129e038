"""One session of Netmiko: netmiko_session.py DEVICE-TYPE HOST USER PASSWORD SECRET LIFETIME.

Logs in, enables, looks, changes the lifetime of crypto map VPN 10, saves, logs out. Each answer is
judged; a sentence and status 1 where one is wrong.
"""
import re
import sys

from netmiko import ConnectHandler

# Each show with what must stand in its answer.
SHOWS = {
    "show privilege": r"^Current privilege level is 15$",
    "show version": r"^R1 uptime is |Version ",
    "show users": r"^\* +\d+ vty \d+ +bob ",
    "show crypto map": r'^Crypto Map IPv4 "VPN" 10 ipsec-isakmp',
    "show crypto session": r"Session status: ",
    "show crypto ipsec sa": r"Crypto map tag: VPN",
    "show crypto invalid-spi": r"^Invalid SPI source: ",
    "show crypto isakmp invalid-spi-recovery": r"^Invalid SPI recovery is enabled",
    "show processes": r"router",
    "show logging": r"Log Buffer|Syslog logging",
    "show running-config | include ^crypto map": r"^crypto map VPN 10 ipsec-isakmp$",
}


def judge(what, answer, wanted):
    """The answer has it; else the run has failed."""
    if not re.search(wanted, answer, re.MULTILINE):
        sys.exit(f"{what}: no {wanted!r} in:\n{answer}")


def look(router):
    """Ten shows and one more, none of them with a page in between."""
    for command, wanted in SHOWS.items():
        answer = router.send_command(command)
        judge(command, answer, wanted)
        if "--More--" in answer:
            sys.exit(f"{command}: a page, although these are off")
    judge("an unknown command", router.send_command("show vlan"), r"% Invalid input detected at '\^' marker\.")


def main():
    """The session."""
    kind, host, user, password, secret, lifetime = sys.argv[1:]
    router = ConnectHandler(device_type=kind, host=host, username=user, password=password,
                            secret=secret, fast_cli=True)
    if router.check_enable_mode():
        sys.exit("enabled before enable")
    router.enable()
    judge("prompt", router.find_prompt(), r"^R1#$")
    look(router)
    answer = router.send_config_set(["crypto map VPN 10 ipsec-isakmp",
                                     f"set security-association lifetime seconds {lifetime}"])
    judge("configuring", answer, r"\(config-crypto-map\)#")
    if "%" in answer:
        sys.exit(f"configuring: {answer}")
    judge("saving", router.save_config(), r"\[OK\]")
    judge("the change", router.send_command("show running-config"),
          f"^ set security-association lifetime seconds {lifetime}$")
    router.disconnect()


main()
