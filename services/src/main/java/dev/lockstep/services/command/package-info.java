/**
 * The encoding that all services here share, and the two ends that speak it: {@link
 * dev.lockstep.services.command.CommandService} on the replicas, {@link
 * dev.lockstep.services.command.Remote} at the client.
 *
 * <p>A command is a format byte, an operation byte, and the operation's fields. A reply is the same
 * format byte, a {@link dev.lockstep.services.command.Status} byte, and for {@code OK} the
 * operation's results, for everything else a text that says what is wrong. The format byte names
 * the service and the version of its operations: 0x11 counter, 0x21 key-value store, 0x31 map of
 * lists; the low four bits are the version. Fields are written without padding, and nothing may
 * follow them:
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><td>u8</td><td>one byte, unsigned</td></tr>
 * <tr><td>flag</td><td>one byte, 0 or 1</td></tr>
 * <tr><td>i32, i64</td><td>4 or 8 bytes, big-endian, two's complement</td></tr>
 * <tr><td>bytes</td><td>i32 length, then as many bytes</td></tr>
 * <tr><td>text</td><td>bytes that are well-formed UTF-8</td></tr>
 * <tr><td>list</td><td>i32 count, then the elements</td></tr>
 * </table>
 *
 * <p>So a value has exactly one encoding. What each operation takes and answers stands at the
 * service's enumeration of operations.
 */
package dev.lockstep.services.command;
