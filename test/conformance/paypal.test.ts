import { paypal } from './paypal-subject.ts';
import { conforms } from './suite.ts';

conforms(paypal);
