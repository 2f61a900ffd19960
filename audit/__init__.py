"""What is known of the locked packages: vulnerabilities, licences, and a bill of them."""
