package dev.lockstep.simulator;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Signatures of the simulated world: a keyed 128-bit mix per identity (RULES 39). Not a hash that
 * anybody should trust; unforgeable only because an adversary gets nothing but its own {@link
 * Signer}s and has no code that inverts the mix. About a thousand times cheaper than real ones.
 */
public final class SimCrypto implements Verifier {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long secret;
  private long signatures;
  private long verifications;

  public SimCrypto(long seed) {
    secret = mix(seed, 0x5EC2E7);
  }

  /** Mixes two numbers into one; the finalizer of SplitMix64. */
  public static long mix(long a, long b) {
    long z = (a ^ Long.rotateLeft(b * GOLDEN, 31)) + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Secret bytes for one purpose, which nobody else can guess. */
  public Digest secretDigest(long purpose) {
    long base = mix(secret, purpose);
    return new Digest(mix(base, 1), mix(base, 2), mix(base, 3), mix(base, 4));
  }

  private long replicaKey(int replica) {
    return mix(secret, ~(long) replica);
  }

  private long clientKey(ClientId client) {
    return mix(mix(secret, client.high()), client.low());
  }

  public Signer replicaSigner(int replica) {
    long key = replicaKey(replica);
    return statement -> sign(key, statement);
  }

  public Signer clientSigner(ClientId client) {
    long key = clientKey(client);
    return statement -> sign(key, statement);
  }

  /** How many signatures were made so far. */
  public long signatures() {
    return signatures;
  }

  /** How many signatures were checked so far. */
  public long verifications() {
    return verifications;
  }

  @Override
  public boolean replica(int replica, byte[] statement, Bytes signature) {
    return verify(replicaKey(replica), statement, signature);
  }

  @Override
  public boolean client(ClientId client, byte[] statement, Bytes signature) {
    return verify(clientKey(client), statement, signature);
  }

  private Bytes sign(long key, byte[] statement) {
    signatures++;
    long first = key;
    long second = mix(key, statement.length);
    int i = 0;
    for (; i + 8 <= statement.length; i += 8) {
      long word = (long) LONGS.get(statement, i);
      first = Long.rotateLeft((first ^ word) * GOLDEN, 29) + second;
      second = Long.rotateLeft((second ^ word) * 0xC2B2AE3D27D4EB4FL, 31) ^ first;
    }
    long rest = 0;
    for (; i < statement.length; i++) {
      rest = rest << 8 | (statement[i] & 0xff);
    }
    byte[] signature = new byte[16];
    LONGS.set(signature, 0, mix(first ^ rest, second));
    LONGS.set(signature, 8, mix(second ^ rest, first));
    return new Bytes(signature);
  }

  private boolean verify(long key, byte[] statement, Bytes signature) {
    verifications++;
    if (signature == null || signature.length() != 16) {
      return false;
    }
    signatures--;
    return sign(key, statement).equals(signature);
  }
}
