"""An OPC UA server by other people, with every type a machine may have, for the interop tests.

Says `ready <port>` when it listens. Reads orders from its input: `status <code>` gives the judged variable that
status code, and the end of its input ends the server.
"""
import argparse
import asyncio
import logging
import math
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from asyncua import Server, ua
from asyncua.common.structures104 import new_enum, new_struct, new_struct_field
from asyncua.common.utils import ServiceError
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.truststore import TrustStore
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from asyncua.server.history_sql import HistorySQLite
from asyncua.server.internal_session import InternalSession
from cryptography.x509.oid import ExtendedKeyUsageOID

NAMESPACE = "urn:gemel:test:asyncua"
APPLICATION = "urn:gemel:test:asyncua:server"
PERIOD_S = 0.05
LEAST_PAUSE_S = 0.02
HISTORIZED = {"Stamp": 1001, "Double": 1002, "Count": 1003}
CYCLE = [
    ua.StatusCodes.Good,
    ua.StatusCodes.UncertainLastUsableValue,
    ua.StatusCodes.BadSensorFailure,
]
INT64_BASE = 2**53 + 1
UINT64_BASE = 2**64 - 2**40


class Users:
    """One name and one password; nobody else, and nobody without."""

    def __init__(self, name, password):
        self.wanted = (name, password)

    def get_user(self, _iserver, username=None, password=None, certificate=None):
        return User(role=UserRole.User, name=username) if (username, password) == self.wanted else None


def options_of(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True, help="certificates and history")
    parser.add_argument("--encrypt", action="store_true", help="nothing but SignAndEncrypt")
    parser.add_argument("--user", help="name:password")
    parser.add_argument("--items-per-call", type=int, help="MaxMonitoredItemsPerCall, and it is meant")
    parser.add_argument("--many", type=int, default=0, help="so many more variables that count")
    return parser.parse_args(arguments)


async def secure(server, options):
    certificate, key = options.dir / "server.der", options.dir / "server.pem"
    names = {"commonName": "gemel test", "organizationName": "gemel", "countryName": "AT"}
    use = [ExtendedKeyUsageOID.SERVER_AUTH]
    await setup_self_signed_certificate(key, certificate, APPLICATION, "localhost", use, names)
    await server.load_certificate(str(certificate))
    await server.load_private_key(str(key))
    policies = [
        ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
        ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
    ]
    server.set_security_policy(policies)
    trusted = options.dir / "trusted"
    trusted.mkdir(exist_ok=True)
    # An empty list would be an error of its own.
    (trusted / "self.der").write_bytes(certificate.read_bytes())

    async def validate(found, description):
        # Read anew each time: the operator may have put a file there.
        store = TrustStore([trusted], [])
        await store.load()
        wanted = CertificateValidatorOptions.TRUSTED_VALIDATION | CertificateValidatorOptions.PEER_CLIENT
        await CertificateValidator(wanted, store).validate(found, description)

    server.set_certificate_validator(validate)


async def limit_items(server, most):
    node = server.get_node(ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall)
    try:
        await node.write_value(ua.Variant(most, ua.VariantType.UInt32))
    except ua.UaStatusCodeError:
        limits = server.get_node(ua.ObjectIds.Server_ServerCapabilities_OperationLimits)
        await limits.add_property(
            node.nodeid, ua.QualifiedName("MaxMonitoredItemsPerCall", 0), most, ua.VariantType.UInt32
        )
    unlimited = InternalSession.create_monitored_items

    async def limited(session, params):
        if len(params.ItemsToCreate) > most:
            raise ServiceError(ua.StatusCodes.BadTooManyOperations)
        return await unlimited(session, params)

    InternalSession.create_monitored_items = limited


class Machine:
    """The address space, and what each variable is worth at a time."""

    def __init__(self, server, index):
        self.server = server
        self.index = index
        self.moving = []
        self.status = ua.StatusCodes.Good
        self.many = []

    async def build(self, many):
        server, index = self.server, self.index
        self.folder = await server.nodes.objects.add_object(ua.NodeId("Machine", index), f"{index}:Machine")
        operating = await new_enum(server, index, "Operating", ["Idle", "Running", "Faulted"])
        fields = [
            new_struct_field("Force", ua.VariantType.Double),
            new_struct_field("Count", ua.VariantType.Int64),
            new_struct_field("Tool", ua.VariantType.String),
        ]
        load, _ = await new_struct(server, index, "Load", fields)
        await server.load_data_type_definitions()
        kind = ua.VariantType
        await self.measure(await self.add("Double", kind.Double, lambda t, n: 100 * math.sin(t)))
        await self.add("Float", kind.Float, lambda t, n: 0.5 * n)
        await self.add("SByte", kind.SByte, lambda t, n: n % 256 - 128)
        await self.add("Byte", kind.Byte, lambda t, n: n % 256)
        await self.add("Int16", kind.Int16, lambda t, n: n % 65536 - 32768)
        await self.add("UInt16", kind.UInt16, lambda t, n: n % 65536)
        await self.add("Int32", kind.Int32, lambda t, n: -n)
        await self.add("UInt32", kind.UInt32, lambda t, n: 4_000_000_000 + n)
        await self.add("Int64", kind.Int64, lambda t, n: -(INT64_BASE + n))
        await self.add("UInt64", kind.UInt64, lambda t, n: UINT64_BASE + n)
        await self.add("Boolean", kind.Boolean, lambda t, n: n % 2 == 1)
        await self.add("String", kind.String, lambda t, n: f"part {n}")
        await self.add("DateTime", kind.DateTime, lambda t, n: datetime.fromtimestamp(t, timezone.utc))
        await self.add("Forces", kind.Double, lambda t, n: [1.0 * n, 2.0 * n, 3.0 * n])
        await self.add("Words", kind.String, lambda t, n: ["a", "b"])
        await self.add("Operating", kind.Int32, lambda t, n: n // 10 % 3, operating.nodeid)
        loads = lambda t, n: ua.Load(Force=0.25 * n, Count=INT64_BASE + n, Tool=f"T{n % 4}")  # noqa: E731
        await self.add("Load", kind.ExtensionObject, loads, load.nodeid)
        # The time it is from, in ms of the minute: value and stamp must agree on the other side.
        await self.add("Stamp", kind.Double, lambda t, n: round(t % 60 * 1000, 3))
        await self.add("Count", kind.UInt32, lambda t, n: n)
        await self.add("Cycling", kind.Double, lambda t, n: float(n), status=self.cycling)
        await self.add("Judged", kind.Double, lambda t, n: float(n), status=lambda n: self.status)
        for number in range(many):
            await self.add(f"Many{number}", kind.UInt32, lambda t, n: n)

    async def add(self, name, kind, value, data_type=None, status=None):
        first = ua.Variant(value(0.0, 0), kind)
        # The history of this server knows numbers only.
        node_id = ua.NodeId(HISTORIZED.get(name, name), self.index)
        node = await self.folder.add_variable(node_id, f"{self.index}:{name}", first, kind, data_type)
        self.moving.append((node.nodeid, kind, value, status))
        return node

    @staticmethod
    async def measure(node):
        """Revolutions a minute, between -100 and 100."""
        unit = ua.EUInformation(
            NamespaceUri="http://www.opcfoundation.org/UA/units/un/cefact",
            UnitId=int.from_bytes(b"RPM", "big"),
            DisplayName=ua.LocalizedText("r/min"),
            Description=ua.LocalizedText("revolutions per minute"),
        )
        await node.add_property(0, "EngineeringUnits", unit)
        await node.add_property(0, "EURange", ua.Range(Low=-100.0, High=100.0))

    @staticmethod
    def cycling(number):
        return CYCLE[number // 6 % len(CYCLE)]

    async def move(self):
        loop = asyncio.get_running_loop()
        begun = loop.time()
        number = 0
        while True:
            number += 1
            at = datetime.now(timezone.utc)
            at = at.replace(microsecond=at.microsecond // 1000 * 1000)
            for node_id, kind, value, status in self.moving:
                data = ua.DataValue(
                    ua.Variant(value(at.timestamp(), number), kind),
                    ua.StatusCode(status(number) if status else ua.StatusCodes.Good),
                    at,
                    at,
                )
                await self.server.write_attribute_value(node_id, data)
            # Late is late: a value whose successor comes at once would not be in the history yet when one asks for it.
            await asyncio.sleep(max(LEAST_PAUSE_S, begun + number * PERIOD_S - loop.time()))


async def obey(machine):
    """Orders from whoever started us; when that one is gone, so are we."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().split():
        if line[0] == "status":
            machine.status = int(line[1], 0)


async def main(options):
    server = Server(user_manager=Users(*options.user.split(":")) if options.user else None)
    history = HistorySQLite(str(options.dir / "history.sqlite"))
    server.iserver.history_manager.set_storage(history)
    await server.init()
    # Sixty commits a second: waiting for the disk each time, the history would fall behind the values on a busy one.
    await history._db.execute("PRAGMA synchronous=OFF")
    await server.set_application_uri(APPLICATION)
    server.set_endpoint(f"opc.tcp://127.0.0.1:{options.port}/gemel")
    if options.encrypt:
        await secure(server, options)
    else:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    if options.user:
        server.set_identity_tokens([ua.UserNameIdentityToken])
    if options.items_per_call:
        await limit_items(server, options.items_per_call)
    machine = Machine(server, await server.register_namespace(NAMESPACE))
    await machine.build(options.many)
    async with server:
        for number in HISTORIZED.values():
            node = server.get_node(ua.NodeId(number, machine.index))
            await server.historize_node_data_change(node, period=timedelta(hours=1), count=0)
        moving = asyncio.create_task(machine.move())
        print(f"ready {options.port}", flush=True)
        done, _ = await asyncio.wait(
            [moving, asyncio.create_task(obey(machine))], return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()
        moving.cancel()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(options_of(sys.argv[1:])))
