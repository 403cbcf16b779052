package dev.lockstep.cli.sql;

import dev.lockstep.cli.CommandFailure;
import dev.lockstep.sql.bench.Bank;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql bench bank} command. */
@Command(
    name = "bank",
    description = {
      "Transfer money between accounts, read all of them, and judge whether any was lost or made.",
      "Uses the tables lockstep_accounts and lockstep_ledger, which it makes anew."
    },
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class BankCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Target target;
  @Mixin private WorkloadOptions workload;

  /** Made by picocli. */
  BankCommand() {}

  @Override
  public Integer call() throws Exception {
    try {
      Bank.Report report = Bank.run(target.database(workload.isolation()), workload.options());
      workload.write(report.history());
      return Verdicts.print(
          spec.commandLine().getOut(), report.history(), report.anomalies(), workload.json());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (SQLException e) {
      throw new CommandFailure(e.getMessage());
    }
  }
}
