package dev.lockstep.protocol.message;

import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.record.RecordCodec;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * Bytes from outside are whatever a faulty peer likes. A decoder answers with a value whose
 * canonical bytes these are, or with {@link DecodeException}, and allocates little for it. Messages
 * and records alike.
 */
class CodecFuzzTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Values are objects with a digest, so making them takes more than their bytes. */
  private static final long ALLOCATED_PER_BYTE = 16;

  private static final long ALLOCATED_ANYWAY = 4096;

  @Property(tries = 100)
  void truncatedBytesAreRefused(@ForAll long seed) {
    for (byte[] bytes : new RandomValues(seed).encodings()) {
      for (int length = 0; length < bytes.length; length++) {
        byte[] part = Arrays.copyOf(bytes, length);
        assertThat(isAccepted(part, RandomValues.UNLIMITED))
            .as("%s of %s bytes", length, bytes.length)
            .isFalse();
      }
    }
  }

  @Property(tries = 500)
  void mutatedBytesAreRefusedOrCanonical(@ForAll long seed) {
    RandomValues random = new RandomValues(seed);
    for (byte[] bytes : random.encodings()) {
      for (int i = 0; i < 10; i++) {
        byte[] mutated = mutate(bytes, random);
        isAccepted(mutated, CodecLimits.DEFAULTS);
        isAccepted(mutated, RandomValues.UNLIMITED);
      }
    }
  }

  @Property(tries = 5000)
  void randomBytesAreRefusedOrCanonical(@ForAll byte[] bytes) {
    isAccepted(bytes, RandomValues.UNLIMITED);
    for (int type = 0; type < 80; type++) {
      byte[] typed = new byte[bytes.length + 2];
      typed[0] = Codec.VERSION;
      typed[1] = (byte) type;
      System.arraycopy(bytes, 0, typed, 2, bytes.length);
      isAccepted(typed, RandomValues.UNLIMITED);
    }
  }

  /** Without this the properties above could hold because nothing or everything is refused. */
  @Test
  void mutationsMeetBothAnswers() {
    int[] accepted = new int[new RandomValues(0).encodings().size()];
    int[] refused = new int[new RandomValues(0).encodings().size()];
    for (long seed = 0; seed < 200; seed++) {
      RandomValues random = new RandomValues(seed);
      List<byte[]> encodings = random.encodings();
      for (int type = 0; type < encodings.size(); type++) {
        boolean answer = isAccepted(mutate(encodings.get(type), random), RandomValues.UNLIMITED);
        (answer ? accepted : refused)[type]++;
      }
    }
    assertThat(accepted).doesNotContain(0);
    assertThat(refused).doesNotContain(0);
  }

  /**
   * Writes absurd counts over every position of messages of every type, with limits that allow
   * them, so that only the check against what remains is in the way.
   */
  @Test
  void claimedCountsAllocateNothing() {
    int[] claims = {
      Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 1 << 30, 1 << 24, 1 << 20, 1 << 16, 1 << 12
    };
    for (long seed = 0; seed < 20; seed++) {
      for (byte[] bytes : new RandomValues(seed).encodings()) {
        for (int position = 2; position + 4 <= bytes.length; position++) {
          for (int claim : claims) {
            byte[] claiming = bytes.clone();
            System.arraycopy(new Encoder(4).i32(claim).toByteArray(), 0, claiming, position, 4);
            allocatesLittle(claiming);
          }
        }
      }
    }
  }

  /** Long lists of the smallest elements: the most objects for each byte. */
  @Test
  void honestCountsAllocateInProportion() {
    int many = 10_000;
    Digest zero = Digest.ZERO;
    Batch batch = Batch.noop(0, 1, zero);
    Request request =
        new Request(Request.Kind.OPEN, new ClientId(0, 0), 0, 0, Bytes.EMPTY, Bytes.EMPTY);
    Certificate.Vote vote = new Certificate.Vote(0, Bytes.EMPTY);
    Certificate certificate = new Certificate(1, 0, zero, List.of());
    Testimony.Open open = new Testimony.Open(0, null, Testimony.Lock.NONE, List.of());
    Testimony.Open written =
        new Testimony.Open(
            0, null, Testimony.Lock.NONE, nCopies(many, new Testimony.Written(0, zero)));
    Message.SignedTestimony entry = entry(List.of(), List.of());
    List<Message> dense =
        List.of(
            new Message.RequestBodies(nCopies(CodecLimits.CARRIED_REQUESTS, request)),
            new Message.Decision(batch, certificate, nCopies(many, request)),
            new Message.FetchRequests(nCopies(many, zero), false),
            new Message.Value(new Batch(batch.header(), nCopies(many, request.reference()))),
            new Message.Decision(
                batch, new Certificate(1, 0, zero, nCopies(many, vote)), List.of()),
            new Message.StopData(
                entry(nCopies(many, new Testimony.Decided(0, zero)), List.of()), List.of()),
            new Message.StopData(entry(List.of(), nCopies(many, open)), List.of()),
            new Message.StopData(entry(List.of(), List.of(written)), List.of()),
            new Message.Sync(0, nCopies(many, entry), List.of(), List.of(), Bytes.EMPTY),
            new Message.Sync(0, List.of(), nCopies(many, certificate), List.of(), Bytes.EMPTY),
            new Message.Sync(0, List.of(), List.of(), nCopies(many, batch), Bytes.EMPTY),
            new Message.Recover(0, 0, new Bytes(new byte[many])));
    for (Message message : dense) {
      byte[] bytes = Codec.encode(message);
      assertThat(isAccepted(bytes, RandomValues.UNLIMITED)).isTrue();
      allocatesLittle(bytes);
      allocatesLittle(Arrays.copyOf(bytes, bytes.length - 1));
    }
  }

  private static Message.SignedTestimony entry(
      List<Testimony.Decided> prefix, List<Testimony.Open> open) {
    return new Message.SignedTestimony(new Testimony(0, 0, 0, 0, prefix, open), Bytes.EMPTY);
  }

  @Test
  void recordsAndMessagesAreNeverMistaken() {
    RandomValues random = new RandomValues(1);
    for (Message message : random.messages()) {
      assertThatThrownBy(() -> RecordCodec.decode(Codec.encode(message), RandomValues.UNLIMITED))
          .isInstanceOf(DecodeException.class);
    }
    for (dev.lockstep.protocol.record.Record record : random.records()) {
      assertThatThrownBy(() -> Codec.decode(RecordCodec.encode(record), RandomValues.UNLIMITED))
          .isInstanceOf(DecodeException.class);
    }
  }

  // ---- helpers ------------------------------------------------------------------------------

  /** Whatever is accepted must be canonical; an exception that is not expected goes through. */
  private static boolean isAccepted(byte[] bytes, CodecLimits limits) {
    byte[] again;
    try {
      again = RandomValues.recode(bytes, limits);
    } catch (DecodeException e) {
      assertThat(e.getMessage()).isNotBlank();
      return false;
    } catch (OutOfMemoryError e) {
      throw new AssertionError("a claim was believed", e);
    }
    assertThat(again).isEqualTo(bytes);
    return true;
  }

  /** Looks a second time before it complains: what runs for the first time is loaded then. */
  private static void allocatesLittle(byte[] bytes) {
    long most = ALLOCATED_ANYWAY + ALLOCATED_PER_BYTE * bytes.length;
    if (allocated(bytes) > most) {
      assertThat(allocated(bytes))
          .as("bytes allocated for %s of type %s", bytes.length, bytes[1])
          .isLessThanOrEqualTo(most);
    }
  }

  private static long allocated(byte[] bytes) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      if (bytes[1] >= 64) {
        RecordCodec.decode(bytes, RandomValues.UNLIMITED);
      } else {
        Codec.decode(bytes, RandomValues.UNLIMITED);
      }
    } catch (DecodeException e) {
      // As good as a value here.
    } catch (OutOfMemoryError e) {
      return Long.MAX_VALUE;
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static byte[] mutate(byte[] bytes, RandomValues random) {
    byte[] mutated = bytes.clone();
    int position = random.below(mutated.length);
    switch (random.below(6)) {
      case 0 -> mutated[position] ^= (byte) (1 << random.below(8));
      case 1 -> mutated[position] = (byte) random.i32();
      case 2 -> mutated[position]++;
      case 3 -> {
        // A number where one may stand.
        byte[] number = new Encoder(4).i32(random.i32()).toByteArray();
        int length = Math.min(4, mutated.length - position);
        System.arraycopy(number, 0, mutated, position, length);
      }
      case 4 -> {
        // Bytes cut out.
        int end = position + random.below(mutated.length - position + 1);
        mutated = join(mutated, position, mutated, end);
      }
      default -> {
        // Bytes doubled.
        int end = position + random.below(mutated.length - position + 1);
        mutated = join(mutated, end, mutated, position);
      }
    }
    return mutated;
  }

  private static byte[] join(byte[] head, int headEnd, byte[] tail, int tailStart) {
    byte[] joined = Arrays.copyOf(head, headEnd + tail.length - tailStart);
    System.arraycopy(tail, tailStart, joined, headEnd, tail.length - tailStart);
    return joined;
  }
}
