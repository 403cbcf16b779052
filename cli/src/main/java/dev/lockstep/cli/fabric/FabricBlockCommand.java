package dev.lockstep.cli.fabric;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.cli.CommandFailure;
import dev.lockstep.cli.Json;
import dev.lockstep.cli.Main;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.block.BlockHeaders;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.ledger.LedgerReader;
import dev.lockstep.fabric.ledger.StoredBlock;
import dev.lockstep.fabric.verify.BlockViolation;
import dev.lockstep.fabric.verify.ChainVerifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.Metadata;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric block} command. */
@Command(
    name = "block",
    description = "Look at stored blocks, and verify chains, without a network.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {FabricBlockCommand.Show.class, FabricBlockCommand.Verify.class})
final class FabricBlockCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Made by picocli. */
  FabricBlockCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** The {@code lockstep fabric block show} command. */
  @Command(
      name = "show",
      description = "Show one block, of a file or of the folder of a chain.",
      sortOptions = false,
      mixinStandardHelpOptions = true,
      versionProvider = Main.Version.class)
  static final class Show implements Callable<Integer> {
    @Parameters(
        index = "0",
        paramLabel = "PATH",
        description = "A block, or the folder of a chain, like DIR/frontend-0/blocks/mychannel.")
    private Path path;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "NUMBER",
        description = "Which block of the chain (default: the newest).")
    private Long number;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec private CommandSpec spec;

    /** Made by picocli. */
    Show() {}

    @Override
    public Integer call() throws IOException {
      byte[] bytes = Files.isDirectory(path) ? stored() : Files.readAllBytes(path);
      Map<String, Object> shown = shown(bytes);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        Json.print(out, shown);
      } else {
        shown.forEach((key, value) -> out.printf("%-16s %s%n", key, value));
        out.flush();
      }
      return 0;
    }

    private byte[] stored() throws IOException {
      StoredBlock[] found = new StoredBlock[1];
      LedgerReader.Read read =
          LedgerReader.read(
              path,
              block -> {
                if (number == null || block.number() == number) {
                  found[0] = block;
                }
              });
      if (found[0] == null) {
        throw new CommandFailure(
            path
                + " has no block "
                + (number == null ? "at all" : number)
                + "; its height is "
                + read.height());
      }
      return found[0].bytes();
    }

    private Map<String, Object> shown(byte[] bytes) throws IOException {
      try {
        Block block = Block.parseFrom(bytes);
        Map<String, Object> shown = new LinkedHashMap<>();
        HexFormat hex = HexFormat.of();
        shown.put("number", block.getHeader().getNumber());
        shown.put("hash", hex.formatHex(BlockHeaders.hash(block.getHeader()).toByteArray()));
        shown.put("previousHash", hex.formatHex(block.getHeader().getPreviousHash().toByteArray()));
        shown.put("dataHash", hex.formatHex(block.getHeader().getDataHash().toByteArray()));
        shown.put("envelopes", block.getData().getDataCount());
        shown.put("bytes", bytes.length);
        shown.put("configuration", Blocks.isConfig(block));
        shown.put("lastConfig", Blocks.lastConfigNumber(block));
        shown.put(
            "signatures",
            block.getMetadata().getMetadataCount() == 0
                ? 0
                : Metadata.parseFrom(block.getMetadata().getMetadata(0)).getSignaturesCount());
        return shown;
      } catch (InvalidProtocolBufferException e) {
        throw new IOException(path + " is no block", e);
      }
    }
  }

  /** The {@code lockstep fabric block verify} command. */
  @Command(
      name = "verify",
      description = {
        "Verify a chain as a peer would: hashes, numbers, signatures, policies, form.",
        "The exit code is 0 if all its blocks are as they must be, and 1 if not."
      },
      sortOptions = false,
      mixinStandardHelpOptions = true,
      versionProvider = Main.Version.class)
  static final class Verify implements Callable<Integer> {
    private static final int BAD = 1;
    private static final int PROGRESS = 10_000;

    @Parameters(
        paramLabel = "PATH",
        description = "The folder of a chain, like DIR/frontend-0/blocks/mychannel.")
    private Path path;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec private CommandSpec spec;
    private ChainVerifier verifier;
    private String violation;

    /** Made by picocli. */
    Verify() {}

    @Override
    public Integer call() throws IOException {
      LedgerReader.Read read = LedgerReader.read(path, this::append);
      long height = read.height();
      if (violation == null && read.restBytes() > 0) {
        violation =
            "behind block "
                + (height - 1)
                + " there are "
                + read.restBytes()
                + " bytes that are no whole block; if nothing runs on this folder, it is damaged";
      }
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("height", height);
        summary.put("valid", violation == null);
        summary.put("violation", violation);
        Json.print(out, summary);
      } else {
        out.println(
            violation == null
                ? height + " blocks, all as they must be."
                : "BAD: " + violation + ".");
        out.flush();
      }
      return violation == null ? 0 : BAD;
    }

    private void append(StoredBlock stored) throws IOException {
      if (violation != null) {
        return;
      }
      try {
        Block block = Block.parseFrom(stored.bytes());
        if (verifier == null) {
          verifier = new ChainVerifier(block);
          return;
        }
        List<BlockViolation> violations = verifier.append(block);
        if (!violations.isEmpty()) {
          violation = "block " + stored.number() + ": " + violations.get(0).reason();
        }
      } catch (InvalidProtocolBufferException | RefusedException e) {
        violation = "block " + stored.number() + ": " + e.getMessage();
      }
      if (stored.number() > 0 && stored.number() % PROGRESS == 0) {
        spec.commandLine().getErr().println(stored.number() + " blocks verified");
        spec.commandLine().getErr().flush();
      }
    }
  }
}
