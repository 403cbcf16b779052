package dev.lockstep.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.view.View;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class CodecTest {
  private static final CodecLimits LIMITS = CodecLimits.DEFAULTS;

  /** Version, type, instance 1, regency 2, digest, empty signature. */
  private static final byte[] ACCEPT =
      Codec.encode(new Message.Accept(1, 2, new Digest(3, 4, 5, 6), Bytes.EMPTY));

  // ---- round trip ---------------------------------------------------------------------------

  @Property
  void everyMessageComesBackAsItWas(@ForAll long seed) throws DecodeException {
    for (Message message : new RandomValues(seed).messages()) {
      byte[] bytes = Codec.encode(message);
      Message decoded = Codec.decode(bytes, LIMITS);
      assertThat(decoded).isEqualTo(message);
      assertThat(Codec.encode(decoded)).isEqualTo(bytes);
    }
  }

  @Property
  void differentMessagesHaveDifferentBytes(@ForAll long seed, @ForAll long otherSeed) {
    List<Message> some = new RandomValues(seed).messages();
    List<Message> others = new RandomValues(otherSeed).messages();
    for (int i = 0; i < some.size(); i++) {
      assertThat(Arrays.equals(Codec.encode(some.get(i)), Codec.encode(others.get(i))))
          .isEqualTo(some.get(i).equals(others.get(i)));
    }
  }

  @Property(tries = 100)
  void whatIsSignedIsWhatIsSent(@ForAll long seed) throws DecodeException {
    Testimony core = new RandomValues(seed).testimony();
    Encoder out = new Encoder();
    core.encodeTo(out);
    byte[] message =
        Codec.encode(
            new Message.StopData(new Message.SignedTestimony(core, Bytes.EMPTY), List.of()));
    assertThat(Arrays.copyOfRange(message, 2, 2 + out.length())).isEqualTo(out.toByteArray());
  }

  @Test
  void everyTypeOfMessageHasACodec() {
    Set<Class<?>> types = new HashSet<>();
    collectRecords(Message.class, types);
    Set<Class<?>> tested = new HashSet<>();
    new RandomValues(0).messages().forEach(message -> tested.add(message.getClass()));
    assertThat(tested).isEqualTo(types);
  }

  private static void collectRecords(Class<?> type, Set<Class<?>> records) {
    if (Modifier.isFinal(type.getModifiers())) {
      records.add(type);
      return;
    }
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      collectRecords(permitted, records);
    }
  }

  /** Ordinals are on the wire and in request digests. */
  @Test
  void enumerationsKeepTheirOrder() {
    assertThat(Arrays.toString(Request.Kind.values()))
        .isEqualTo("[OPEN, ORDERED, UNORDERED, CLOSE]");
    assertThat(Arrays.toString(Message.Outcome.values()))
        .isEqualTo("[EXECUTED, OPENED, EXPIRED, CONFLICT, FORGOTTEN, REFUSED, BUSY]");
  }

  // ---- only canonical bytes -----------------------------------------------------------------

  @Test
  void refusesAnotherVersion() {
    refuses(with(ACCEPT, 0, 0), "version 0, not 1");
    refuses(with(ACCEPT, 0, 2), "version 2, not 1");
  }

  @Test
  void refusesUnknownTypes() {
    Set<Integer> known = new TreeSet<>();
    messages().forEach(bytes -> known.add((int) bytes[1]));
    for (int type = 0; type < 256; type++) {
      if (!known.contains(type)) {
        refuses(with(ACCEPT, 1, type), "unknown type of message " + type + ", before byte 2");
      }
    }
  }

  @Test
  void refusesTrailingBytes() {
    for (byte[] bytes : messages()) {
      refuses(Arrays.copyOf(bytes, bytes.length + 1), "1 bytes too many");
    }
  }

  @Test
  void refusesFlagsOtherThanZeroAndOne() {
    byte[] status = Codec.encode(new Message.Status(0, 0, 0, true, 0, 0));
    refuses(with(status, 22, 2), "flag is 2, not 0 or 1");
    refuses(with(status, 22, 255), "flag is 255, not 0 or 1");

    byte[] reply =
        Codec.encode(
            new Message.Reply(0, 0, 0, Digest.ZERO, Message.Outcome.BUSY, Digest.ZERO, null, 0));
    refuses(with(reply, reply.length - 9, 2), "flag is 2, not 0 or 1");

    byte[] recover =
        Codec.encode(new Message.RecoverReply(0, 0, Bytes.EMPTY, 0, 0, 0, null, List.of()));
    refuses(with(recover, recover.length - 5, 2), "flag is 2, not 0 or 1");

    byte[] stopData =
        Codec.encode(
            stopData(
                List.of(), List.of(new Testimony.Open(0, null, Testimony.Lock.NONE, List.of()))));
    refuses(with(stopData, 2 + 28 + 4 + 4 + 8, 2), "flag is 2, not 0 or 1");
  }

  @Test
  void refusesUnknownConstants() {
    byte[] request = Codec.encode(new Message.ClientRequest(request(0, 0), 0));
    refuses(with(request, 2, 4), "unknown kind of request 4");
    refuses(with(request, 2, 255), "unknown kind of request 255");

    byte[] reply =
        Codec.encode(
            new Message.Reply(0, 0, 0, Digest.ZERO, Message.Outcome.BUSY, Digest.ZERO, null, 0));
    refuses(with(reply, 2 + 4 + 8 + 8 + 32, 7), "unknown outcome 7");
  }

  @Test
  void refusesNegativeLengthsAndCounts() {
    refuses(with(ACCEPT, ACCEPT.length - 4, 0x80), "signature of -2147483648 bytes");
    byte[] bodies = Codec.encode(new Message.RequestBodies(List.of()));
    refuses(with(bodies, 2, 0xff), "-16777216 requests");
  }

  @Test
  void refusesLengthsBeyondTheEnd() {
    refuses(with(ACCEPT, ACCEPT.length - 1, 1), "1 more bytes wanted, only 0 left");
    byte[] bodies = Codec.encode(new Message.RequestBodies(List.of()));
    refuses(with(bodies, 5, 1), "1 requests do not fit the 0 bytes left");
    refuses(new byte[0], "1 more bytes wanted, only 0 left");
  }

  @Test
  void expectedRefusalsCostNoStackTrace() {
    assertThatThrownBy(() -> Codec.decode(new byte[0], LIMITS))
        .isInstanceOf(DecodeException.class)
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }

  // ---- limits -------------------------------------------------------------------------------

  /** Each limit by a message that has just as many, and by one that has one more. */
  @TestFactory
  Stream<DynamicTest> limits() {
    CodecLimits small = new CodecLimits(3, 5, 4, 2, 6, 3, 2, 2, 3);
    Digest zero = Digest.ZERO;
    Testimony.Written written = new Testimony.Written(0, zero);
    Testimony.Decided decided = new Testimony.Decided(0, zero);
    Testimony.Open open = new Testimony.Open(0, null, Testimony.Lock.NONE, List.of());
    Certificate certificate = new Certificate(1, 0, zero, List.of());
    Message.SignedTestimony entry = stopData(List.of(), List.of()).testimony();
    Batch batch = Batch.noop(0, 1, zero);
    return Stream.of(
        limit(small, 3, "operation of", n -> new Message.ClientRequest(request(n, 0), 0)),
        limit(
            small,
            5,
            "result of",
            n -> new Message.Reply(0, 0, 0, zero, Message.Outcome.EXECUTED, zero, zeros(n), 0)),
        limit(small, 4, "signature of", n -> new Message.ClientRequest(request(0, n), 0)),
        limit(small, 4, "signature of", n -> new Message.Accept(0, 0, zero, zeros(n))),
        limit(small, 4, "signature of", n -> new Message.Recover(0, 0, zeros(n))),
        limit(
            small,
            4,
            "signature of",
            n -> new Message.RecoverReply(0, 0, zeros(n), 0, 0, 0, null, List.of())),
        limit(
            small,
            4,
            "signature of",
            n ->
                new Message.RecoverReply(
                    0,
                    0,
                    Bytes.EMPTY,
                    0,
                    0,
                    0,
                    new Certificate(1, 0, zero, List.of(new Certificate.Vote(0, zeros(n)))),
                    List.of())),
        limit(
            small,
            2,
            "claims",
            n ->
                new Message.RecoverReply(
                    0, 0, Bytes.EMPTY, 0, 0, 0, null, times(n, new Claim(0, 1, Bytes.EMPTY)))),
        limit(
            small,
            4,
            "signature of",
            n -> new Message.Sync(0, List.of(), List.of(), List.of(), zeros(n))),
        limit(
            small,
            4,
            "signature of",
            n ->
                new Message.StopData(
                    new Message.SignedTestimony(entry.core(), zeros(n)), List.of())),
        limit(
            small,
            2,
            "references",
            n ->
                new Message.Value(
                    new Batch(batch.header(), times(n, new RandomValues(0).reference())))),
        limit(small, 2, "requests", n -> new Message.Propose(0, 0, batch, times(n, request(0, 0)))),
        limit(
            small,
            2,
            "requests",
            n -> new Message.Decision(batch, certificate, times(n, request(0, 0)))),
        limit(
            small,
            CodecLimits.CARRIED_REQUESTS,
            "requests",
            n -> new Message.RequestBodies(times(n, request(0, 0)))),
        limit(
            small,
            CodecLimits.CARRIED_REQUESTS,
            "requests",
            n -> new Message.Forwarded(times(n, request(0, 0)))),
        limit(small, 6, "digests", n -> new Message.FetchRequests(times(n, zero), true)),
        limit(small, 6, "digests", n -> new Message.Missing(0, 0, times(n, zero), true)),
        limit(
            small,
            3,
            "votes",
            n ->
                new Message.Decision(
                    batch,
                    new Certificate(1, 0, zero, times(n, new Certificate.Vote(0, Bytes.EMPTY))),
                    List.of())),
        limit(
            small,
            2,
            "entries",
            n -> new Message.Sync(0, times(n, entry), List.of(), List.of(), Bytes.EMPTY)),
        limit(small, 2, "decided instances", n -> stopData(times(n, decided), List.of())),
        limit(small, 2, "open instances", n -> stopData(List.of(), times(n, open))),
        limit(
            small,
            3,
            "written pairs",
            n ->
                stopData(
                    List.of(),
                    List.of(new Testimony.Open(0, null, Testimony.Lock.NONE, times(n, written))))),
        limit(small, 4, "certificates", n -> new Message.StopData(entry, times(n, certificate))),
        limit(
            small,
            8,
            "certificates",
            n -> new Message.Sync(0, List.of(), times(n, certificate), List.of(), Bytes.EMPTY)),
        limit(
            small,
            4,
            "values",
            n -> new Message.Sync(0, List.of(), List.of(), times(n, batch), Bytes.EMPTY)));
  }

  private interface Sized {
    Message of(int size);
  }

  private static DynamicTest limit(CodecLimits limits, int most, String what, Sized message) {
    String type = message.of(0).getClass().getSimpleName();
    return DynamicTest.dynamicTest(
        what + " " + type,
        () -> {
          Message fits = message.of(most);
          assertThat(Codec.decode(Codec.encode(fits), limits)).isEqualTo(fits);
          Message exceeds = message.of(most + 1);
          assertThatThrownBy(() -> Codec.decode(Codec.encode(exceeds), limits))
              .isInstanceOf(DecodeException.class)
              .hasMessageContaining(what)
              .hasMessageContaining("not 0 to " + most);
          if (most != CodecLimits.CARRIED_REQUESTS) { // that is the same whatever the limits
            assertThat(Codec.decode(Codec.encode(exceeds), RandomValues.UNLIMITED))
                .isEqualTo(exceeds);
          }
        });
  }

  @Test
  void limitsFollowTheView() {
    View.Limits limits = View.Limits.defaults(View.RequestAuthentication.SIGNED);
    View view = View.genesis(View.Mode.BYZANTINE, 1024, List.of(1, 1, 1, 1), 1, limits);
    assertThat(view.codecLimits()).isEqualTo(CodecLimits.DEFAULTS);

    View narrow = View.genesis(View.Mode.BYZANTINE, 8, List.of(1, 1, 1, 1), 1, limits);
    assertThat(narrow.codecLimits().window()).isEqualTo(8);
    assertThat(narrow.codecLimits().covering(view.codecLimits())).isEqualTo(CodecLimits.DEFAULTS);
    assertThat(CodecLimits.DEFAULTS.covering(narrow.codecLimits())).isEqualTo(CodecLimits.DEFAULTS);
  }

  @Test
  void limitsAreAtLeastOne() {
    assertThatThrownBy(() -> new CodecLimits(1, 1, 1, 1, 1, 1, 1, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("window is 0 but must be at least 1");
  }

  // ---- helpers ------------------------------------------------------------------------------

  private static void refuses(byte[] bytes, String reason) {
    assertThatThrownBy(() -> Codec.decode(bytes, LIMITS))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith(reason);
  }

  private static byte[] with(byte[] bytes, int position, int value) {
    byte[] copy = bytes.clone();
    assertThat(copy[position]).as("the byte to change").isNotEqualTo((byte) value);
    copy[position] = (byte) value;
    return copy;
  }

  private static List<byte[]> messages() {
    List<byte[]> all = new ArrayList<>();
    new RandomValues(0).messages().forEach(message -> all.add(Codec.encode(message)));
    return all;
  }

  private static Message.StopData stopData(
      List<Testimony.Decided> prefix, List<Testimony.Open> open) {
    return new Message.StopData(
        new Message.SignedTestimony(new Testimony(0, 0, 0, 0, prefix, open), Bytes.EMPTY),
        List.of());
  }

  private static Request request(int operationBytes, int signatureBytes) {
    return new Request(
        Request.Kind.ORDERED,
        new ClientId(0, 1),
        1,
        1,
        zeros(operationBytes),
        zeros(signatureBytes));
  }

  private static Bytes zeros(int length) {
    return new Bytes(new byte[length]);
  }

  private static <T> List<T> times(int n, T element) {
    return Collections.nCopies(n, element);
  }
}
