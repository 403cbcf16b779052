package dev.lockstep.fabric.block;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.crypto.Der;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.hyperledger.fabric.protos.common.BlockHeader;

/** The bytes of a block header that are hashed and signed, and the two hashes of the chain. */
public final class BlockHeaders {
  /** Length of all hashes here. */
  public static final int HASH_BYTES = 32;

  private static final int UNSIGNED_BYTES = 8;

  private BlockHeaders() {}

  /** The header of a block that holds these envelopes. */
  public static BlockHeader next(long number, ByteString previousHash, List<ByteString> data) {
    return BlockHeader.newBuilder()
        .setNumber(number)
        .setPreviousHash(previousHash)
        .setDataHash(dataHash(data))
        .build();
  }

  /** The DER of number, previous hash and data hash, which is hashed and signed. */
  public static byte[] der(BlockHeader header) {
    return Der.sequence(
        Der.integer(unsigned(header.getNumber())),
        Der.octets(header.getPreviousHash().toByteArray()),
        Der.octets(header.getDataHash().toByteArray()));
  }

  private static BigInteger unsigned(long number) {
    byte[] bytes = new byte[UNSIGNED_BYTES];
    for (int i = 0; i < UNSIGNED_BYTES; i++) {
      bytes[i] = (byte) (number >>> 8 * (UNSIGNED_BYTES - 1 - i));
    }
    return new BigInteger(1, bytes);
  }

  /** What the header of the following block has as the hash of its predecessor. */
  public static ByteString hash(BlockHeader header) {
    return ByteString.copyFrom(sha256().digest(der(header)));
  }

  /** SHA-256 of all envelopes, one behind the other. */
  public static ByteString dataHash(List<ByteString> data) {
    MessageDigest digest = sha256();
    for (ByteString envelope : data) {
      envelope.asReadOnlyByteBufferList().forEach(digest::update);
    }
    return ByteString.copyFrom(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
