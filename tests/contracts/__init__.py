"""Contract suites: one class per port, one test per sentence of the port's docstring.

Every adapter of a port runs that port's suite: a test module of the adapter subclasses it under a name that pytest
collects and gives the fixtures named below. The suites themselves are named so that pytest does not collect them.
Differences between adapters are class attributes of a suite (named arguments), never a skip.

Fixtures, by suite
------------------

``LedgerContract``, ``ArtifactRegistryContract``, ``StateSurfaceContract``, ``WriteAheadLogContract``,
``OutboxContract``, ``BlobReferencesContract``, ``LineageGraphContract``, ``LineageFeedContract``,
``CredentialsContract``, ``RecordArchiveContract``
    ``store``: a ``RecordStoreUnderTest`` (tests/contracts/under_test.py): all ports of one empty record store, a way
    to open a second handle on the same data as another process would, a way to die, and the back door. These suites
    stand in ``tests/contracts/<port>``.

``PayloadStoreContract``
    ``payloads``: a ``PayloadStoreUnderTest``: an empty store, a second handle, a way to let time pass, the back
    door. Class attribute ``bounded_memory``: the suite then streams 64 MiB through and watches the allocations.

``WorkingMemoryContract``
    ``memory``: a ``WorkingMemoryUnderTest``: an empty memory, and the back door. Class attribute ``largest`` is the
    adapter's bound of one entry in bytes.

``PolicySourceContract``
    ``open_source``: a function from ``PolicyTexts`` (JSON, which is YAML too) to a ``PolicySource`` over them.

``EventSinkContract``
    ``sink`` and ``delivered``: the sink, and a function that says, through the back door, what has arrived.

``ClockContract``, ``IdSourceContract``, ``CodecContract``
    ``clock``, ``ids``, ``codec``.

A back door reads and writes what the adapter really stores, past the adapter: a store that loses data on its way in
and on its way out alike cannot pass.
"""
