import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** `CheckPdf FLAVOUR,FLAVOUR FILE…`: says of each file and flavour whether it passed, and each rule that it breaks. */
public class CheckPdf {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean good = true;
        for (int i = 1; i < arguments.length; i++) {
            for (String flavour : arguments[0].split(",")) {
                good &= passes(arguments[i], PDFAFlavour.fromString(flavour));
            }
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean passes(String file, PDFAFlavour flavour) throws Exception {
        try (FileInputStream content = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(content, flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            String verdict = result.isCompliant() ? "passed" : "broken";
            System.out.println(file + " " + flavour.getId() + " " + verdict + " " + result.getTotalAssertions());
            for (TestAssertion each : result.getTestAssertions()) {
                if (each.getStatus() == TestAssertion.Status.FAILED) {
                    System.out.println("  " + each.getRuleId().getClause() + " " + each.getMessage());
                }
            }
            return result.isCompliant();
        }
    }
}
