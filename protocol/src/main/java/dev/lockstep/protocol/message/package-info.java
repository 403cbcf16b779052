/**
 * The messages of the protocol, what they are made of, and their canonical bytes.
 *
 * <p>A value has exactly one encoding, and a decoder accepts no other: what it accepts encodes to
 * the same bytes again. So bytes can be hashed, signed and compared in place of values, and nobody
 * can make two byte strings of one statement. Hashes and signatures cover these bytes behind a
 * label and, where it is signed, the name of the cluster ({@link
 * dev.lockstep.protocol.message.Statements}). Framing, channels and the limit on the length of a
 * whole message are not here.
 *
 * <h2>Primitives</h2>
 *
 * <pre>
 * u8          one byte, unsigned
 * flag        u8, 0 or 1
 * i32 i64     two's complement, big-endian
 * digest      32 bytes
 * bytes       i32 length, not negative; then as many bytes
 * X*          i32 count, not negative; then as many X
 * X?          flag; then X if it is 1
 * enum        u8, the ordinal: constants may be added at the end only
 * </pre>
 *
 * <h2>Elements</h2>
 *
 * <pre>
 * client        i64 high, i64 low
 * request       enum kind, client, i64 session, i64 sequence, bytes operation, bytes signature
 * reference     client, i64 session, i64 sequence, digest
 * batch         i32 view, i64 instance, i64 timestampMicros, digest nonceSeed,
 *               i64 proposedInRegency, digest ancestor, reference*
 * vote          i32 replica, bytes signature
 * certificate   i64 instance, i64 regency, digest, vote*
 * decided       i64 instance, digest
 * written       i64 regency, digest
 * open          i64 instance, digest? decided, i64 lockRegency, digest lockDigest, written*
 * claim         i32 replica, i64 incarnation, bytes signature
 * stopdata      i64 regency, i32 replica, i64 incarnation, i64 lastDelivered, decided*, open*,
 *               claim* acknowledged
 * entry         stopdata, bytes signature
 * manifest      i64 instance, i32 stateBytes, digest*, i64 contentBytes, digest*
 * </pre>
 *
 * <h2>Messages</h2>
 *
 * Each begins with u8 version (1) and u8 type, and ends with its last field.
 *
 * <pre>
 *  1 PROPOSE          i64 instance, i64 regency, batch, request* inlined
 *  2 WRITE            i64 instance, i64 regency, digest
 *  3 ACCEPT           i64 instance, i64 regency, digest, bytes signature
 *  4 STOP             i64 regency
 *  5 STOPDATA         entry, certificate*
 *  6 SYNC             i64 regency, entry*, certificate*, batch* values, bytes signature
 *  7 STATUS           i32 view, i64 regency, i64 nextRegency, flag synced, i64 lastDelivered,
 *                     i64 learnUntil, i64 othersLearnUntil
 *  8 DECISION         batch, certificate, request* bodies
 *  9 FETCH_DECISIONS  i64 from, i64 to, i32 bytes
 * 10 FETCH_VALUE      i64 instance, digest
 * 11 VALUE            batch
 * 12 FETCH_REQUESTS   digest*, flag vouch
 * 13 FORWARDED        request*
 * 14 REQUEST_BODIES   request*
 * 15 MISSING          i64 instance, i64 regency, digest*, flag overdue
 * 16 RECOVER          i64 nonce, i64 incarnation, bytes signature
 * 17 RECOVER_REPLY    i64 nonce, i64 incarnation, bytes claimSignature, i64 senderIncarnation,
 *                     i64 promised, i64 lastDelivered, certificate?, claim* acknowledged
 * 18 CLIENT_REQUEST   request, i32 replier
 * 19 REPLY            i32 view, i64 session, i64 sequence, digest request, enum outcome,
 *                     digest result, bytes? result, i64 instance
 * 20 PUSH             i64 instance, i32 position, i32 index, bytes payload
 * 21 FETCHED          i64 from, i64 next, i64 first, i64 lastDelivered
 * 22 FETCH_OFFERS
 * 23 OFFERS           (i64 instance, digest)*, i64 first, i64 lastDelivered
 * 24 FETCH_PIECE      i64 instance, i32 piece
 * 25 MANIFEST_OF      manifest, certificate*
 * 26 PIECE            i64 instance, i32 piece, bytes
 * </pre>
 *
 * Types from 64 on are records of the vote file: {@link dev.lockstep.protocol.record.RecordCodec}.
 *
 * <p>Whatever is counted or has a length also has a limit ({@link
 * dev.lockstep.protocol.bytes.CodecLimits}), and is refused before anything is allocated when it
 * exceeds the limit or what remains of the input. Whether a well-formed message makes sense (signs
 * of numbers, order of lists, membership, signatures) is not decided here but by the rules. A
 * change of any of this is a new version; the file {@code golden/messages-v1.txt} of the tests
 * holds version 1.
 */
package dev.lockstep.protocol.message;
