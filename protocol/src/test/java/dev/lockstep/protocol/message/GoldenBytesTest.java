package dev.lockstep.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.RecordCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The bytes of version 1, one line for each type. Peers, clients and disks hold such bytes, so a
 * difference is never repaired by writing the files anew, unless nothing was released yet: it needs
 * a new version, whose files stand beside these. They are written only with {@code
 * -Dlockstep.writeGolden}.
 */
class GoldenBytesTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/golden");

  private static final Digest D1 = new Digest(0x1111, 0x2222, 0x3333, 0x4444);
  private static final Digest D2 = new Digest(0x0102030405060708L, 2, 3, -1);
  private static final Bytes SIGNATURE = new Bytes(new byte[] {0x51, 0x52, 0x53});
  private static final Request OPEN =
      new Request(
          Request.Kind.OPEN,
          new ClientId(0xaa, 0xbb),
          0,
          0,
          new OpenSession(5, 6_000_000, 0).encode(),
          SIGNATURE);
  private static final Request ORDERED =
      new Request(
          Request.Kind.ORDERED,
          new ClientId(-1, 7),
          16,
          3,
          new Bytes(new byte[] {1, 2, 3, 4, 5}),
          Bytes.EMPTY);
  private static final Batch BATCH =
      new Batch(
          new Batch.Header(1, 42, 1_700_000_000_000_000L, D1, 9, D2),
          List.of(OPEN.reference(), ORDERED.reference()));
  private static final Certificate CERTIFICATE =
      new Certificate(
          42,
          10,
          D2,
          List.of(
              new Certificate.Vote(0, SIGNATURE),
              new Certificate.Vote(2, Bytes.EMPTY),
              new Certificate.Vote(3, SIGNATURE)));
  private static final Message.SignedTestimony ENTRY =
      new Message.SignedTestimony(
          new Testimony(
              11,
              2,
              1,
              42,
              List.of(new Testimony.Decided(41, D1), new Testimony.Decided(42, D2)),
              List.of(
                  new Testimony.Open(
                      43,
                      null,
                      new Testimony.Lock(10, D1),
                      List.of(new Testimony.Written(9, D2), new Testimony.Written(10, D1))),
                  new Testimony.Open(45, D1, Testimony.Lock.NONE, List.of())),
              List.of(new Claim(0, 2, SIGNATURE), new Claim(3, 1, Bytes.EMPTY))),
          SIGNATURE);

  private static final List<Message> MESSAGES =
      List.of(
          new Message.Propose(42, 9, BATCH, List.of(OPEN, ORDERED)),
          new Message.Write(42, 9, D1),
          new Message.Accept(42, 9, D1, SIGNATURE),
          new Message.Stop(12),
          new Message.StopData(ENTRY, List.of(CERTIFICATE)),
          new Message.Sync(
              11, List.of(ENTRY, ENTRY), List.of(CERTIFICATE), List.of(BATCH), SIGNATURE),
          new Message.Status(1, 11, 12, true, 42, 44),
          new Message.Decision(BATCH, CERTIFICATE, List.of(ORDERED)),
          new Message.FetchDecisions(17, 80, 1 << 20),
          new Message.FetchValue(42, D2),
          new Message.Value(BATCH),
          new Message.FetchRequests(List.of(D1, D2), true),
          new Message.Forwarded(List.of(OPEN)),
          new Message.RequestBodies(List.of(ORDERED, OPEN)),
          new Message.Missing(42, 9, List.of(D2), false),
          new Message.Recover(0x0807060504030201L, 3, SIGNATURE),
          new Message.RecoverReply(
              0x0807060504030201L,
              3,
              SIGNATURE,
              1,
              12,
              42,
              CERTIFICATE,
              List.of(new Claim(0, 2, SIGNATURE))),
          new Message.ClientRequest(ORDERED, 2),
          new Message.Reply(1, 16, 3, D1, Message.Outcome.FORGOTTEN, D2, SIGNATURE, 42),
          new Message.Push(42, 3, 1, SIGNATURE),
          new Message.Fetched(17, 42, 9, 43),
          new Message.FetchOffers(),
          new Message.Offers(
              List.of(new Message.Offer(20, D1, 5_000), new Message.Offer(40, D2, 6_000)), 21, 43),
          new Message.FetchPiece(40, Message.FetchPiece.MANIFEST),
          new Message.ManifestOf(
              new Manifest(42, 5, List.of(D1), 1_000_000, List.of(D2, D1)), List.of(CERTIFICATE)),
          new Message.Piece(40, 2, SIGNATURE));

  private static final List<Record> RECORDS =
      List.of(
          new Record.Wrote(42, 9, BATCH, List.of(OPEN, ORDERED)),
          new Record.Locked(42, 9, D1),
          new Record.Promised(12),
          new Record.Decided(BATCH, CERTIFICATE, List.of(ORDERED)),
          new Record.Incarnation(3, 2, SIGNATURE),
          new Record.Muted(2, 58));

  @Test
  void messagesKeepTheirBytes() throws IOException, DecodeException {
    List<String> lines = new ArrayList<>();
    for (Message message : MESSAGES) {
      lines.add(line(message, Codec.encode(message)));
    }
    List<String> golden = golden("messages-v1.txt", lines);
    assertThat(lines).isEqualTo(golden);
    for (int i = 0; i < golden.size(); i++) {
      assertThat(Codec.decode(bytes(golden.get(i)), CodecLimits.DEFAULTS))
          .isEqualTo(MESSAGES.get(i));
    }
  }

  @Test
  void recordsKeepTheirBytes() throws IOException, DecodeException {
    List<String> lines = new ArrayList<>();
    for (Record record : RECORDS) {
      lines.add(line(record, RecordCodec.encode(record)));
    }
    List<String> golden = golden("records-v1.txt", lines);
    assertThat(lines).isEqualTo(golden);
    for (int i = 0; i < golden.size(); i++) {
      assertThat(RecordCodec.decode(bytes(golden.get(i)), CodecLimits.DEFAULTS))
          .isEqualTo(RECORDS.get(i));
    }
  }

  /** Bytes that were put together by hand from the table in the package comment. */
  @Test
  void theTableSaysHowToReadThem() {
    String digest =
        "0000000000001111" + "0000000000002222" + "0000000000003333" + "0000000000004444";
    assertThat(HexFormat.of().formatHex(Codec.encode(new Message.Accept(42, 9, D1, SIGNATURE))))
        .isEqualTo(
            "01" + "03" + "000000000000002a" + "0000000000000009" + digest + "00000003" + "515253");
    assertThat(HexFormat.of().formatHex(Codec.encode(new Message.ClientRequest(ORDERED, 2))))
        .isEqualTo(
            "01"
                + "12"
                + "01"
                + "ffffffffffffffff"
                + "0000000000000007"
                + "0000000000000010"
                + "0000000000000003"
                + "00000005"
                + "0102030405"
                + "00000000"
                + "00000002");
  }

  @Test
  void everyTypeIsThere() {
    TreeSet<String> golden = new TreeSet<>();
    TreeSet<String> all = new TreeSet<>();
    Stream.concat(MESSAGES.stream(), RECORDS.stream())
        .forEach(value -> golden.add(value.getClass().getName()));
    RandomValues random = new RandomValues(0);
    Stream.concat(random.messages().stream(), random.records().stream())
        .forEach(value -> all.add(value.getClass().getName()));
    assertThat(golden).isEqualTo(all);
  }

  private static String line(Object value, byte[] bytes) {
    return value.getClass().getSimpleName() + " " + HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String line) {
    return HexFormat.of().parseHex(line.substring(line.indexOf(' ') + 1));
  }

  private static List<String> golden(String file, List<String> lines) throws IOException {
    Path path = DIRECTORY.resolve(file);
    if (System.getProperty("lockstep.writeGolden") != null) {
      Files.createDirectories(DIRECTORY);
      Files.write(path, lines);
    }
    return Files.readAllLines(path);
  }
}
