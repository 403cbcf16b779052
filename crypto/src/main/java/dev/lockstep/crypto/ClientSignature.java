package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.Optional;

/**
 * The signature on a request, with all that is needed to check it. Its bytes:
 *
 * <pre>
 * u8          form: 1 by anybody, 2 by an endorsed client
 * 64 bytes    the client's key, x and y
 * 64 bytes    form 2 only: the client authority's signature of the key
 * 64 bytes    the client's signature
 * </pre>
 *
 * <p>Signatures are ECDSA with P-256 and SHA-256, r and s.
 *
 * @param endorsement empty in form 1
 */
record ClientSignature(ClientKey key, Bytes endorsement, Bytes signature) {
  private static final int BY_ANYBODY = 1;
  private static final int BY_ENDORSED = 2;
  private static final int PART = 64;

  /**
   * Takes the bytes apart.
   *
   * @param endorsed the form that is asked for; a cluster has one
   * @return empty if they have not exactly this form
   */
  static Optional<ClientSignature> decode(Bytes bytes, boolean endorsed) {
    byte[] array = bytes.array();
    if (array.length != 1 + (endorsed ? 3 : 2) * PART
        || array[0] != (endorsed ? BY_ENDORSED : BY_ANYBODY)) {
      return Optional.empty();
    }
    return ClientKey.decode(array, 1)
        .map(
            key ->
                new ClientSignature(
                    key, endorsed ? part(array, 1) : Bytes.EMPTY, part(array, endorsed ? 2 : 1)));
  }

  private static Bytes part(byte[] array, int index) {
    int from = 1 + index * PART;
    return new Bytes(Arrays.copyOfRange(array, from, from + PART));
  }

  Bytes encode() {
    byte[] array = new byte[1 + 2 * PART + endorsement.length()];
    array[0] = (byte) (endorsement.length() > 0 ? BY_ENDORSED : BY_ANYBODY);
    System.arraycopy(key.point().array(), 0, array, 1, PART);
    System.arraycopy(endorsement.array(), 0, array, 1 + PART, endorsement.length());
    System.arraycopy(signature.array(), 0, array, array.length - PART, PART);
    return new Bytes(array);
  }
}
